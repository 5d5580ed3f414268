import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextEdit, WorkspaceEdit } from 'vscode-languageclient';
import { edited, filesOf, needsLook, withoutQuestion } from '../../src/proposedText.js';

const edit = (line: number, from: number, to: number, newText: string): TextEdit => ({
  range: { start: { line, character: from }, end: { line, character: to } },
  newText,
});

const texts: [string, TextEdit[], string][] = [
  ['one\ntwo\n', [edit(1, 0, 3, 'three')], 'one\nthree\n'],
  ['one\r\ntwo\r\n', [edit(1, 3, 3, '!'), edit(0, 0, 3, '1')], '1\r\ntwo!\r\n'],
  ['a😀b', [edit(0, 3, 4, 'c')], 'a😀c'],
  ['', [edit(0, 0, 0, 'new\n')], 'new\n'],
  ['one', [edit(1, 0, 0, '\ntwo')], 'one\ntwo'],
];

for (const [before, edits, after] of texts) {
  test(`edits are made: ${JSON.stringify(before)}`, () => assert.equal(edited(before, edits), after));
}

test('a new file and its text are one proposal, and nothing asks again once somebody has agreed', () => {
  const proposal: WorkspaceEdit = {
    documentChanges: [
      { kind: 'create', uri: 'file:///new.py', annotationId: 'pylot' },
      { textDocument: { uri: 'file:///new.py', version: null }, edits: [{ ...edit(0, 0, 0, 'x = 1\n'), annotationId: 'pylot' }] },
    ],
    changeAnnotations: { pylot: { label: 'Write tests', needsConfirmation: true } },
  };

  assert.deepEqual(filesOf(proposal).map(({ uri, isNew, edits }) => [uri, isNew, edits.length]), [['file:///new.py', true, 1]]);
  assert.deepEqual([needsLook(proposal), needsLook(withoutQuestion(proposal)), needsLook({ changes: {} })], [true, false, false]);
});
