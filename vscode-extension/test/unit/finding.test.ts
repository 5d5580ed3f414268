import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { candidates, type Places } from '../../src/candidates.js';
import { pipFailure } from '../../src/pipFailure.js';
import { judge } from '../../src/probe.js';
import { requirementOf } from '../../src/pythons.js';
import type { Outcome } from '../../src/runProcess.js';

const places: Places = {
  serverPath: '', interpreter: '', workspaceFolders: [], pythonExtension: undefined,
  privateEnvironment: '/storage/environment', environment: { XDG_DATA_HOME: '/data', UV_TOOL_DIR: '/tools' }, platform: 'linux',
};
const commands = (more: Partial<Places>) => candidates({ ...places, ...more }).map(({ command }) => command);

test('what the user names is the only candidate', () => {
  assert.deepEqual(commands({ serverPath: '~/bin/pylot', interpreter: '/python' }), [`${homedir()}/bin/pylot`]);
  assert.deepEqual(commands({ interpreter: '/python', workspaceFolders: ['/project'] }), ['/python']);
});

test('the workspace goes before the Python extension, pipx, uv, the path and the private environment', () => {
  const found = commands({ workspaceFolders: ['/project'], pythonExtension: '/conda/bin/python' });

  assert.deepEqual(found, [
    '/project/.venv/bin/python', '/project/venv/bin/python', '/project/env/bin/python',
    '/conda/bin/python',
    '/data/pipx/venvs/pylot/bin/python', `${homedir()}/.local/pipx/venvs/pylot/bin/python`, `${homedir()}/pipx/venvs/pylot/bin/python`,
    '/tools/pylot/bin/python',
    'pylot',
    '/storage/environment/bin/python',
  ]);
});

test('an interpreter never runs a folder named pylot of the working folder', () => {
  const [candidate] = candidates({ ...places, interpreter: '/python' });

  assert.deepEqual(candidate?.args, ['-P', '-m', 'pylot']);
});

const outcomes: [Partial<Outcome>, string, RegExp | undefined][] = [
  [{ code: 0, stdout: 'pylot 0.1.0\n' }, 'good', undefined],
  [{ code: 0, stdout: 'pylot 2.10.3.dev1\n' }, 'good', undefined],
  [{ code: 0, stdout: 'pylot 0.0.9\n' }, 'oldPylot', /0\.0\.9, and 0\.1\.0 is needed/],
  [{ isMissing: true, stderr: 'spawn ENOENT' }, 'missing', /no program \/python/],
  [{ isTimedOut: true }, 'broken', /within 20 seconds/],
  [{ code: 1, stderr: '/usr/bin/python3: No module named pylot\n' }, 'noPylot', /not installed in \/python/],
  [{ code: 2, stderr: 'Unknown option: -P\nusage: python\n' }, 'oldPython', /older than Python 3.11/],
  [{ code: 1, stderr: 'Traceback\nImportError: no lsprotocol\n' }, 'broken', /ImportError: no lsprotocol/],
  [{ code: 0, stdout: 'hello\n' }, 'broken', /does not start/],
];

for (const [outcome, kind, sentence] of outcomes) {
  test(`trying a candidate: ${JSON.stringify(outcome)}`, () => {
    const nothing: Outcome = { code: undefined, stdout: '', stderr: '', isMissing: false, isTimedOut: false };
    const result = judge({ command: '/python', args: [], origin: '', isChosen: false }, { ...nothing, ...outcome });

    assert.equal(result.kind, kind);
    if (sentence !== undefined) {
      assert.match('sentence' in result ? result.sentence : '', sentence);
    }
  });
}

const failures: [string, RegExp, boolean][] = [
  ['ERROR: Failed building wheel for llama-cpp-python\nERROR: Failed to build installable wheels', /C and a C\+\+ compiler/, true],
  ['OSError: [Errno 28] No space left on device', /disk is full/, false],
  ['WARNING: Retrying: Failed to establish a new connection\nERROR: No matching distribution', /index cannot be reached/, false],
  ['The virtual environment was not created because ensurepip is not available.', /python3-venv/, false],
  ['ERROR: Could not find a version\nERROR: No matching distribution found for pylot', /No matching distribution found for pylot/, false],
  ['', /its log says why/, false],
];

for (const [output, sentence, isEngine] of failures) {
  test(`pip fails: ${output.split('\n')[0]}`, () => {
    const failure = pipFailure(output);

    assert.match(failure.sentence, sentence);
    assert.equal(failure.isEngine, isEngine);
  });
}

test('the engine is asked for where pip can be asked', () => {
  const wanted = ['', 'pylot', '/dist/pylot-0.1.0-py3-none-any.whl', 'pylot[engine,index]', 'https://example.org/pylot.whl'];

  assert.deepEqual(wanted.map(it => requirementOf(it, true)), [
    'pylot[engine]', 'pylot[engine]', '/dist/pylot-0.1.0-py3-none-any.whl[engine]', 'pylot[engine,index]', 'https://example.org/pylot.whl',
  ]);
  assert.equal(requirementOf('', false), 'pylot');
});
