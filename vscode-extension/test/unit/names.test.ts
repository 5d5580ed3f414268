import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelArguments } from '../../src/modelOverrides.js';
import { serverSections } from '../../src/settingNames.js';

test('settings get the names of pylot.toml, and the extension keeps its own', () => {
  const values = new Map<string, unknown>([
    ['completion.inComments', false],
    ['completion.maxLineTokens', 8],
    ['log.level', 'debug'],
    ['actions.renameInComments', true],
    ['index.enabled', false],
    ['server.path', '/usr/bin/pylot'],
    ['ghostText.enable', true],
    ['enable', true],
  ]);

  assert.deepEqual(serverSections(values), {
    completion: { in_comments: false, max_line_tokens: 8 }, log: { level: 'debug' }, actions: { rename_in_comments: true }, index: { enabled: false },
  });
});

const servers = [
  { choice: { source: 'embedded', externalUrl: 'http://127.0.0.1:8080', externalName: '' }, kind: undefined, group: undefined },
  { choice: { source: 'external', externalUrl: '', externalName: '' }, kind: undefined, group: undefined },
  { choice: { source: 'external', externalUrl: 'http://127.0.0.1:8080', externalName: '' }, kind: 'llama-server', group: '[[{"provider":"vscode_external"}]]' },
  { choice: { source: 'external', externalUrl: 'http://127.0.0.1:11434/v1', externalName: '' }, kind: 'openai', group: '[[{"provider":"vscode_external"}]]' },
  { choice: { source: 'external', externalUrl: 'http://127.0.0.1:11434', externalName: 'qwen' }, kind: 'openai', group: '[[{"provider":"vscode_external","model":"qwen"}]]' },
];

for (const { choice, kind, group } of servers) {
  test(`a model server becomes arguments: ${JSON.stringify(choice)}`, () => {
    const expected = kind === undefined ? [] : [
      '--set', `models.providers.vscode_external.kind=${kind}`,
      '--set', `models.providers.vscode_external.base_url=${choice.externalUrl}`,
      '--set', `models.logical.vscode-external.groups=${group}`,
      '--set', 'models.roles.complete=vscode-external',
    ];

    assert.deepEqual(modelArguments(choice), expected);
  });
}
