// Where a `pylot` that can be started may be, from what the user chose to what was found.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** One way to start Pylot; `origin` says in words where it comes from. */
export interface Candidate {
  command: string;
  args: string[];
  origin: string;
  /** Whether the user named it, so that its failure is told instead of passed over. */
  isChosen: boolean;
}

/** What is known of this machine and this window. */
export interface Places {
  serverPath: string;
  interpreter: string;
  /** Environments and interpreters of a workspace; empty where the workspace is not trusted. */
  workspaceFolders: string[];
  pythonExtension: string | undefined;
  privateEnvironment: string;
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
}

const ENVIRONMENT_NAMES = ['.venv', 'venv', 'env'];

/** Return every candidate in the order of trying; whether one exists is found out by trying it. */
export function candidates(places: Places): Candidate[] {
  if (places.serverPath !== '') {
    return [{ command: expand(places.serverPath), args: [], origin: 'pylot.server.path', isChosen: true }];
  }
  if (places.interpreter !== '') {
    return [{ ...module(expand(places.interpreter), 'pylot.server.interpreter'), isChosen: true }];
  }
  const inWorkspace = places.workspaceFolders.flatMap(folder =>
    ENVIRONMENT_NAMES.map(name => module(pythonOf(join(folder, name), places.platform), join(folder, name))),
  );
  const chosenInPython = places.pythonExtension === undefined ? [] : [module(places.pythonExtension, 'Python extension')];
  const asTools = toolEnvironments(places).map(([root, origin]) => module(pythonOf(root, places.platform), origin));
  return [
    ...inWorkspace,
    ...chosenInPython,
    ...asTools,
    { command: 'pylot', args: [], origin: 'PATH', isChosen: false },
    module(pythonOf(places.privateEnvironment, places.platform), places.privateEnvironment),
  ];
}

/** Return the interpreter of a virtual environment. */
export function pythonOf(environment: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}

/** Return how an interpreter runs Pylot: `-P` keeps a folder named `pylot` in the working folder from being run. */
export function module(python: string, origin: string): Candidate {
  return { command: python, args: ['-P', '-m', 'pylot'], origin, isChosen: false };
}

function toolEnvironments({ environment, platform }: Places): [string, string][] {
  const data = environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  const pipxHomes = [environment['PIPX_HOME'], join(data, 'pipx'), join(homedir(), '.local', 'pipx'), join(homedir(), 'pipx')];
  const uvData = platform === 'win32' ? join(environment['APPDATA'] ?? homedir(), 'uv', 'data') : join(data, 'uv');
  const uvTools = environment['UV_TOOL_DIR'] ?? join(uvData, 'tools');
  const ofPipx = pipxHomes.filter(home => home !== undefined).map((home): [string, string] => [join(home, 'venvs', 'pylot'), 'pipx']);
  return [...ofPipx, [join(uvTools, 'pylot'), 'uv']];
}

function expand(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
