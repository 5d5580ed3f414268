// Which folder of the window a repository is asked about by.
import { relative, isAbsolute } from 'node:path';

/** Return whether a path is a folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way.split(/[\\/]/)[0] !== '..' && !isAbsolute(way));
}

/** Return the root of a repository if it lies in the workspace, else the workspace folder that lies in the repository. */
export function folderFor(root: string, folders: readonly string[]): string | undefined {
  return folders.some(each => isWithin(root, each)) ? root : folders.find(each => isWithin(each, root));
}

/** Return the innermost of several repositories that a file lies in. */
export function innermost<R>(repositories: readonly R[], rootOf: (repository: R) => string, path: string): R | undefined {
  const around = repositories.filter(each => isWithin(path, rootOf(each)));
  return around.sort((one, other) => rootOf(other).length - rootOf(one).length)[0];
}
