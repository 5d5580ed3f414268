import assert from 'node:assert/strict';
import { test } from 'node:test';
import { questionOf, wholeTextOf, type Approval } from '../../src/approvalText.js';
import { grantRows, type Grant } from '../../src/grantRows.js';
import { hitRow } from '../../src/searchRows.js';
import { rowsOf, type Task } from '../../src/taskRows.js';

const edit: Approval = {
  id: 'a-1', taskId: 't-1', tool: 'write_file', title: 'Change greet.py', detail: 'The greeting gets the name.', risk: 'low', reasons: ['The rule asks.'],
  edits: [{ uri: 'file:///code/greet%20me.py', before: null, after: 'x\n' }],
  choices: [{ id: 'once', title: 'Allow once' }, { id: 'task', title: 'Allow for this task' }, { id: 'deny', title: 'Deny' }, { id: 'later', title: 'In an hour' }],
};
const { edits: _, ...rest } = edit;
const command: Approval = { ...rest, title: 'Run make', detail: '', risk: 'high', command: { text: 'make', cwd: '/code', sandbox: 'none' } };
const long: Approval = { ...command, command: { text: `make ${'x'.repeat(400)}`, cwd: '/code' } };
const lines: Approval = { ...command, command: { text: 'make\nrm -r /', cwd: '/code' } };

const questions: [string, Approval, boolean, string[], boolean][] = [
  ['an edit of little risk may be allowed at once', edit, false, ['Show the Changes', 'Allow Once', 'Deny', 'More …'], false],
  ['one that was looked at asks the same', edit, true, ['Allow Once', 'Deny', 'More …'], false],
  ['an edit of more risk is looked at first', { ...edit, risk: 'medium' }, false, ['Show the Changes', 'Deny'], true],
  ['a short command is shown whole', command, false, ['Show All of It', 'Allow Once', 'Deny', 'More …'], true],
  ['a long command is looked at first', long, false, ['Show All of It', 'Deny'], true],
  ['what hides in a second line is looked at first', lines, false, ['Show All of It', 'Deny'], true],
  ['and may be allowed then', lines, true, ['Allow Once', 'Deny', 'More …'], true],
];

for (const [name, approval, hasLooked, buttons, isWarning] of questions) {
  test(`an approval: ${name}`, () => {
    const question = questionOf(approval, hasLooked);

    assert.deepEqual(question.buttons.map(({ title }) => title), buttons);
    assert.equal(question.isWarning, isWarning);
    assert.ok(question.message.length < 350 && !question.message.includes('\n'), question.message);
  });
}

test('a command that the title names already is not said twice', () => {
  assert.equal(questionOf(command, false).message, 'Pylot asks: Run make');
});

test('the whole of an approval holds all that it says', () => {
  assert.equal(wholeTextOf(lines), 'Run make\n\n$ make\nrm -r /\n\nin the folder /code\nrisk: high\ntool: write_file\n\n- The rule asks.\n');
  assert.match(wholeTextOf(edit), /file:\/\/\/code\/greet me\.py/);
});

const tasks: Task[] = [
  { taskId: '1', title: 'Old', status: 'completed', answer: 'Done so.' },
  { taskId: '2', title: 'Cut off', status: 'interrupted', message: 'The window was closed.' },
  { taskId: '3', title: 'New', status: 'running', message: 'Reading a.py', plan: [{ text: 'Read', status: 'completed' }, { text: 'Write', status: 'in_progress' }] },
];

test('what waits comes first, then the newest task, each with what can be done', () => {
  assert.deepEqual(rowsOf(tasks, [{ id: 'a-1', title: 'Change greet.py' }]).map(({ label, description, icon, kind }) => [label, description, icon, kind]), [
    ['Change greet.py', 'waits for your answer', 'bell-dot', 'approval'],
    ['New', 'running · Reading a.py', 'loading~spin', 'task running'],
    ['Cut off', 'interrupted', 'debug-disconnect', 'task resumable'],
    ['Old', 'done', 'pass', 'task answered'],
  ]);
  assert.deepEqual(rowsOf(tasks, [])[0]?.children.map(({ label, icon }) => [label, icon]), [['Read', 'check'], ['Write', 'loading~spin']]);
});

test('a hit says what it is, where, and why', () => {
  const range = { start: { line: 4, character: 0 }, end: { line: 6, character: 0 } };
  const hit = { uri: 'file:///code/a.py', path: 'a.py', range, symbol: 'greet', kind: 'function', excerpt: '\ndef greet():\n    pass', reason: 'The name greet.' };

  assert.deepEqual(hitRow(hit), { label: '$(symbol-function) greet', description: 'a.py:5', detail: 'def greet(): — The name greet.' });
  assert.equal(hitRow({ ...hit, symbol: '', kind: 'text' }).label, '$(file-code) def greet():');
});

test('what holds for the next time says what, where, how often and how long', () => {
  const grant: Grant = { id: 'g-1', effect: 'allow', scope: 'workspace', title: 'Run make test', workspace: '/code', expires: 90, lastUsed: 5, uses: 2 };
  const denied: Grant = { ...grant, id: 'g-2', effect: 'deny', scope: 'user', title: 'Run rm', expires: null, lastUsed: null, uses: 0 };

  assert.deepEqual(grantRows([denied, grant], seconds => `day ${seconds}`).map(({ label, description, detail, id }) => [label, description, detail, id]), [
    ['$(check) Run make test', 'in /code', 'used 2 times, until day 90', 'g-1'],
    ['$(circle-slash) Run rm', 'in all workspaces', 'never used', 'g-2'],
  ]);
});
