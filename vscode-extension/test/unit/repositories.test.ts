import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderFor, innermost } from '../../src/repositoryFolder.js';

const rows = [
  { root: '/project/inner', folders: ['/other', '/project'], folder: '/project/inner' },
  { root: '/project', folders: ['/project'], folder: '/project' },
  { root: '/', folders: ['/project/part'], folder: '/project/part' },
  { root: '/projects', folders: ['/project'], folder: undefined },
  { root: '/project', folders: [], folder: undefined },
];

for (const { root, folders, folder } of rows) {
  test(`the repository ${root} is asked about in [${folders.join(', ')}] by ${folder ?? 'nothing'}`, () => {
    assert.equal(folderFor(root, folders), folder);
  });
}

test('a file belongs to the innermost repository around it', () => {
  const found = (path: string) => innermost(['/a', '/a/b', '/a/bc'], each => each, path);

  assert.deepEqual(['/a/b/x.ts', '/a/x.ts', '/a/bcd/x.ts', '/x.ts'].map(found), ['/a/b', '/a', '/a', undefined]);
});
