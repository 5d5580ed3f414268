// What a user sees and does, one scenario per main moment.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PYLOT_BIN, ROOT, sleep, until } from './editor.mjs';

const VERSION = JSON.parse(readFileSync(join(ROOT, 'vscode-extension/package.json'), 'utf8')).version;

const READ = (name, ending) => `def read_${name}(path: Path) -> dict:\n    ${ending}`;
const PATHS = `import json\nfrom pathlib import Path\n\n\n${READ('settings', 'with open(path) as file:\n        return json.load(file)')}\n\n\n${READ('users', '\n')}`;
const [LINE, COLUMN] = [11, 5];

const GREET = 'def greet():\n    return "Hello!"\n';

const SHOP = `def total(items: list[Item], rate: float) -> float:
    price = sum(item.price * item.quantity for item in items)
    if rate > 0:
        tax = price * rate
    else:
        tax = 0
    return price + tax
`;
const EXTRACTED = SHOP.replace('tax = price * rate', 'value = price * rate\n        tax = value');
const DOCUMENTATION = JSON.stringify({
  summary: 'Return what items cost with the tax on them.',
  parameters: { items: 'What is bought.', rate: 'The tax as a part of the price.' },
  returns: 'The price and the tax.',
});
const DOCSTRING = `    """Return what items cost with the tax on them.

    Args:
        items: What is bought.
        rate: The tax as a part of the price.

    Returns:
        The price and the tax.
    """
`;
const DOCUMENTED = SHOP.replace('-> float:\n', `-> float:\n${DOCSTRING}`);
const COMMIT_MESSAGE = 'Greet everybody\n\nNobody was greeted before.';

const CLEAN_UP = [['shell_exec_safe', { command: 'rm -r build' }]];
const AGENT_SCRIPT = [
  [['edit_file', { path: 'greet.py', edits: [{ search: GREET, replace: 'def greet(name):\n    return f"Hello, {name}!"\n' }] }]],
  'The greeting has a name now.',
  CLEAN_UP,
  'The folder is still there.',
  null,
  CLEAN_UP,
  'The folder is gone.',
];

const BROKEN_MODEL = {
  'pylot/config/pylot.toml': '[models.roles]\ncomplete = "mine"\n\n[models.catalogue.mine]\nfile = "mine.gguf"\n',
  'pylot/data/models/mine.gguf': 'This is no model.',
};

export const scenarios = [
  { name: 'ghost-text', options: { files: { 'paths.py': PATHS } }, run: ghostText },
  { name: 'choices', options: { files: { 'paths.py': PATHS } }, run: choices },
  { name: 'switches', options: { files: { 'paths.py': PATHS } }, run: switches },
  { name: 'first-minutes', options: firstMinutesOptions(), run: firstMinutes },
  {
    name: 'missing-interpreter',
    options: { files: { 'paths.py': PATHS }, machineSettings: { 'pylot.server.interpreter': '/nowhere/python' } },
    run: missingInterpreter,
  },
  { name: 'broken-model', options: { files: { 'paths.py': PATHS }, homeFiles: BROKEN_MODEL }, run: brokenModel },
  { name: 'agent', options: { files: { 'greet.py': GREET, 'build/main.o': '' }, model: AGENT_SCRIPT }, run: agent },
  { name: 'secret', options: { files: { 'greet.py': GREET }, withAgent: true }, run: secret },
  { name: 'code-actions', options: { files: { 'shop.py': SHOP }, model: ['No.', 'No.', DOCUMENTATION, DOCUMENTATION] }, run: codeActions },
  { name: 'search', options: { files: { 'paths.py': PATHS, 'greet.py': GREET } }, run: search },
  { name: 'commit-message', options: { files: { 'greet.py': GREET }, model: [COMMIT_MESSAGE] }, run: commitMessage },
  { name: 'killed-server', options: { files: { 'paths.py': PATHS } }, run: killedServer },
  { name: 'killed-editor', options: { files: { 'paths.py': PATHS } }, run: killedEditor },
];

async function begin(window, file = 'paths.py') {
  await window.status('sparkle');
  await window.openFile(file);
  await window.goTo(LINE, COLUMN);
}

/** A clean profile without any setting: typing brings ghost text, and every key does what it should. */
async function ghostText(window, editor) {
  await begin(window);
  await window.type('with op');
  assert.equal(await window.ghost(), 'en(path) as file:');
  await window.shot('ghost-text');

  await window.press('Escape');
  await window.noGhost();
  await window.type('e');
  assert.equal(await window.ghost(), 'n(path) as file:');
  await window.press('Control+ArrowRight');
  await until(async () => (await window.typedLine(LINE)) === '    with open', 5_000, 'the word');
  await window.press('Control+Alt+ArrowRight');
  await until(async () => (await window.typedLine(LINE)) === '    with open(path) as file:', 5_000, 'the line');

  await window.press('Control+Z');
  await window.press('Control+Z');
  await window.run('Pylot: Suggest Here');
  await window.ghost();
  await window.press('Tab');
  await window.press('Control+S');
  await until(() => readFileSync(join(editor.workspace, 'paths.py'), 'utf8').split('with open(path) as file:').length === 3, 5_000, 'the file');

  await window.run('Pylot: Why This Suggestion? Why None?');
  const page = window.preview();
  await page.getByRole('heading', { name: /Why/ }).first().waitFor();
  await page.getByText('Before that').waitFor();
  await sleep(1_500);
  await window.shot('explanation');
  await (await window.status('sparkle')).hover();
  await window.page.locator('.workbench-hover', { hasText: /tokens per second|ready/ }).first().waitFor();
  await window.shot('status');
}

/** Several suggestions, the suggest list beside ghost text, and the walkthrough. */
async function choices(window) {
  await begin(window);
  await window.type('with op');
  await window.ghost();
  await window.press('Control+Space');
  const list = window.page.locator('.suggest-widget.visible');
  await list.waitFor();
  assert.equal(await window.ghost(), 'en(path) as file:');
  await window.shot('suggest-list');
  await window.press('Escape');
  await list.waitFor({ state: 'hidden' });
  assert.equal(await window.typedLine(LINE), '    with op');

  await window.press('Control+A');
  await window.type('for index in ');
  await window.press('Alt+\\');
  const first = await window.ghost();
  await window.press('Alt+]');
  await until(async () => ![first, ''].includes(await window.ghostNow()), 10_000, 'another suggestion');
  await window.press('Alt+[');
  await until(async () => (await window.ghostNow()) === first, 10_000, 'the first suggestion');

  await window.run('Pylot: First Steps');
  await window.page.getByText('Give Pylot Its Server').first().waitFor();
  await window.page.locator('.getting-started-step', { hasText: 'Give Pylot Its Server' }).locator('.codicon.complete').waitFor();
  await window.shot('walkthrough');
}

/** Ghost text is switched off and on by language, and paused. */
async function switches(window) {
  await begin(window);
  await window.run('Pylot: Switch Ghost Text On or Off for This Language');
  await window.status('circle-slash');
  await window.type('with op');
  await sleep(1_500);
  assert.equal(await window.ghostNow(), '');
  await window.run('Pylot: Suggest Here');
  await window.ghost();
  await window.press('Escape');

  await (await window.status('circle-slash')).click();
  await window.listRow('Switch on ghost text for python').waitFor();
  await window.shot('menu');
  await window.pick('Switch on ghost text for python');
  await window.status('sparkle');
  await window.press('Control+1');
  await window.type('e');
  await window.ghost();
  await window.press('Escape');

  await window.run('Pylot: Pause Ghost Text …');
  await window.pick('15 minutes');
  await window.status('debug-pause');
  await window.type('n');
  await sleep(1_500);
  assert.equal(await window.ghostNow(), '');
  await window.run('Pylot: Go On after a Pause');
  await window.status('sparkle');
  await window.type('(');
  await window.ghost();
}

/** A machine without Pylot: the extension asks, installs it into an environment of its own, and works. */
async function firstMinutes(window) {
  const toast = window.toast('not installed on this machine yet');
  await toast.waitFor();
  await window.shot('not-installed');
  await window.answer(toast, 'Install');
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await window.shot('install-question');
  await dialog.getByRole('button', { name: 'Install' }).click();
  await window.toast('installing the server').waitFor();
  await sleep(3_000);
  await window.shot('installing');
  await window.status('sparkle', 300_000);
  await begin(window);
  await window.type('with op');
  assert.equal(await window.ghost(), 'en(path) as file:');
}

function firstMinutesOptions() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pylot/wheels');
  // The engine that `make setup` has built is not built again.
  const built = existsSync(cache) ? readdirSync(cache).map(name => join(cache, name)) : [];
  const wheel = join(ROOT, `dist/pylot-${VERSION}-py3-none-any.whl`);
  return {
    files: { 'paths.py': PATHS },
    withPylot: false,
    env: { PIP_FIND_LINKS: built.join(' '), PYTHONPATH: '' },
    machineSettings: { 'pylot.server.package': wheel },
  };
}

/** A setting names a Python that is not there: the button leads to another one. */
async function missingInterpreter(window) {
  const toast = window.toast('There is no program /nowhere/python');
  await toast.waitFor();
  await window.shot('missing-interpreter');
  await window.answer(toast, 'Choose an Interpreter');
  // The dialog writes its first folder over whatever is typed before it has listed that.
  await window.listRow('paths.py').waitFor();
  await window.quickInput().fill(join(PYLOT_BIN, 'python'));
  await window.listRow('activate').waitFor();
  await window.press('Enter');
  await begin(window);
  await window.type('with op');
  await window.ghost();
}

/** The model's file is broken: the button leads to a list, and another model writes. */
async function brokenModel(window) {
  const toast = window.page.locator('.notification-toast', { has: window.page.getByRole('button', { name: 'Choose a Model' }) }).first();
  await toast.waitFor();
  await window.status('warning');
  await window.shot('broken-model');
  await window.answer(toast, 'Choose a Model');
  await window.listRow('pylot-tiny').waitFor();
  await window.shot('choose-model');
  await window.pick('pylot-tiny');
  await window.toast('pylot-tiny writes the ghost text').waitFor();
  await begin(window);
  await window.type('with op');
  await window.ghost();
}

async function askAgent(window, prompt) {
  await window.run('Pylot: Ask the Agent …');
  await window.page.getByText('It reads what it needs').waitFor();
  await window.quickInput().fill(prompt);
  await window.press('Enter');
}

/** Pylot's own agent asks before it changes or runs anything, and is cancelled; what was put away can be answered later. */
async function agent(window, editor) {
  await window.status('sparkle');
  await window.openFile('greet.py');

  await askAgent(window, 'Greet by name');
  const change = window.toast('Change greet.py');
  await change.waitFor();
  await window.status('bell-dot');
  await window.answer(change, 'Show the Changes');
  await window.page.locator('.monaco-diff-editor .char-insert').first().waitFor();
  await window.toast('Change greet.py').getByRole('button', { name: 'Allow Once' }).waitFor();
  await sleep(1_000);
  await window.shot('approval-edit');
  await window.answer(window.toast('Change greet.py'), 'Allow Once');
  await window.answer(window.toast('Greet by name: done'), 'Show the Answer');
  await window.preview().getByText('The greeting has a name now.').waitFor();
  assert.equal(await window.page.locator('.monaco-diff-editor').count(), 0);
  await window.page.locator('.tab', { hasText: 'greet.py' }).first().click();
  await until(async () => (await window.typedLine(2)).includes('Hello, {name}!'), 5_000, 'the edit');

  await askAgent(window, 'Clean up');
  const command = window.toast('Run rm -r build');
  await command.waitFor();
  await sleep(500);
  await window.shot('approval-command');
  await window.answer(command, 'Deny');
  await window.page.getByText('The agent reads this').waitFor();
  await window.quickInput().fill('not now');
  await window.press('Enter');
  await window.toast('Clean up: done').waitFor();

  await askAgent(window, 'Think about it');
  const progress = window.toast('Pylot: Think about it');
  await progress.waitFor();
  await window.run('View: Show Pylot');
  const row = title => window.page.locator('.pane-body .monaco-list-row', { hasText: title });
  await row('Think about it').first().waitFor();
  await sleep(1_000);
  await window.shot('tasks');
  await window.answer(progress, 'Cancel');
  await row('cancelled').first().waitFor();

  await askAgent(window, 'Clean up again');
  await window.toast('Run rm -r build').hover();
  await window.toast('Run rm -r build').locator('.codicon-notifications-clear').click();
  await row('Run rm -r build').first().click();
  await window.page.getByText('in the folder').first().waitFor();
  await window.shot('approval-later');
  await window.answer(window.toast('Run rm -r build'), 'More …');
  await window.pick('Allow for This Task');
  await window.toast('Clean up again: done').waitFor();
  await window.status('sparkle');
  assert.deepEqual(readdirSync(editor.workspace), ['greet.py']);
}

/** What an agent needs to be typed is masked. */
async function secret(window) {
  await window.status('sparkle');
  await askAgent(window, 'secret');
  await window.page.getByText('Password for sudo').waitFor();
  assert.equal(await window.quickInput().getAttribute('type'), 'password');
  await window.quickInput().fill('hunter2');
  await window.shot('masked-input');
  await window.press('Enter');
  await window.answer(window.toast('secret: done'), 'Show the Answer');
  await window.preview().getByText('7 characters.').waitFor();
}

/** The lightbulb's list by groups; one undo takes an action back; what a model has written is shown before it is made. */
async function codeActions(window, editor) {
  const isSavedAs = async text => {
    await window.press('Control+S');
    await until(() => readFileSync(join(editor.workspace, 'shop.py'), 'utf8') === text, 5_000, `the file:\n${text}`);
  };
  await window.status('sparkle');
  await window.openFile('shop.py');
  await window.goTo(4, 15);
  await window.press('Shift+End');
  await window.codeActions();
  await window.shot('code-actions');
  assert.deepEqual(await window.listed(), [
    'Extract', 'Extract variable', 'Extract function',
    'Rewrite', 'Document total', 'Write tests for total',
    'More Actions...', 'Explain the selection', 'Find problems in the selection',
  ]);
  await window.choose('Extract variable');
  await until(async () => (await window.typedLine(5)).trim() === 'tax = value', 5_000, 'the variable');
  await isSavedAs(EXTRACTED);
  await window.press('Control+Z');
  await until(async () => (await window.typedLine(4)).trim() === 'tax = price * rate', 5_000, 'the undo');
  await isSavedAs(SHOP);

  await window.goTo(1, 6);
  await window.codeActions();
  await window.choose('Document total');
  const refusal = window.toast('did not answer in the form');
  await refusal.waitFor();
  await window.shot('code-action-refused');
  await refusal.hover();
  await refusal.locator('.codicon-notifications-clear').click();
  await window.calm();

  const proposal = window.toast('Document total: make this change?');
  for (const [answer, line, text] of [['Discard', 'price = sum', SHOP], ['Apply', 'Return what items cost', DOCUMENTED]]) {
    await window.press('Control+1');
    await window.codeActions();
    await window.choose('Document total');
    await proposal.waitFor();
    await window.page.locator('.monaco-diff-editor .char-insert, .monaco-diff-editor .line-insert').first().waitFor();
    await window.shot('code-action-preview');
    await window.answer(proposal, answer);
    await window.calm();
    await window.page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
    await until(async () => (await window.typedLine(2)).includes(line), 5_000, line);
    await isSavedAs(text);
  }
  await window.press('Control+Z');
  await until(async () => (await window.typedLine(2)).includes('price = sum'), 5_000, 'the undo');
  await isSavedAs(SHOP);

  await window.calm();
  await window.run('Refactor...');
  await window.page.locator('.action-widget').getByText('Show Disabled').click();
  await window.page.locator('.action-widget .option-disabled', { hasText: 'Others may use this function from outside.' }).waitFor();
  await window.shot('code-action-disabled');
}

/** What the workspace holds is found by words, and gone to. */
async function search(window) {
  await window.status('sparkle');
  await until(async () => {
    await window.run('Pylot: Find in the Workspace');
    await window.quickInput().fill('read settings');
    const row = window.listRow('read_settings');
    const isThere = await row.waitFor({ timeout: 5_000 }).then(() => true, () => false);
    if (!isThere) {
      await window.press('Escape');
    }
    return isThere;
  }, 60_000, 'the index');
  await window.shot('search');
  await window.press('Enter');
  await window.page.locator('.tab.active:has-text("paths.py")').waitFor();
}

/** What is staged is described in the box from which Git takes the message. */
async function commitMessage(window, editor) {
  await window.status('sparkle');
  for (const words of [['init', '-q', '-b', 'main'], ['add', 'greet.py']]) {
    execFileSync('git', words, { cwd: editor.workspace });
  }
  const box = window.page.locator('.scm-input .view-lines');
  await window.page.locator('.statusbar-item:has-text("main+")').waitFor();
  await window.run('Source Control: Focus on Changes View');
  await box.waitFor({ timeout: 60_000 });
  await window.run('Pylot: Write a Commit Message');
  await box.getByText('Greet everybody').waitFor({ timeout: 30_000 });
  await window.shot('commit-message');
}

/** The server is killed while somebody types: one notification, and ghost text again. */
async function killedServer(window, editor) {
  await begin(window);
  for (const pid of servers(editor)) {
    process.kill(pid, 'SIGKILL');
  }
  await window.toast('has ended unexpectedly').waitFor();
  await window.status('sparkle');
  assert.equal(await window.page.locator('.notification-toast').count(), 1);
  await window.type('with op');
  assert.equal(await window.ghost(), 'en(path) as file:');
  await window.shot('killed-server');
}

/** The editor is killed: its server ends as well. The extension's own figure for its activation is noted on the way. */
async function killedEditor(window, editor, say) {
  await window.status('sparkle');
  await window.run('Developer: Show Running Extensions');
  // They are listed by how long they took, and only what is in sight is there.
  await window.page.setViewportSize({ width: 1280, height: 4_000 });
  const row = window.page.locator('.runtime-extensions-editor .extension', { hasText: 'Pylot' }).first();
  await row.waitFor();
  say(`        ${(await row.innerText()).replaceAll('\n', ' ')}`);
  assert.equal(servers(editor).length, 1);
  for (const { pid, args } of processes(editor)) {
    if (args.at(-1) !== 'lsp') {
      process.kill(pid, 'SIGKILL');
    }
  }
  await until(() => servers(editor).length === 0, 5_000, 'the end of the server');
}

/** Return the language servers below an editor. */
function servers(editor) {
  return processes(editor).filter(({ args }) => args.at(-1) === 'lsp').map(({ pid }) => pid);
}

function processes(editor) {
  const rows = execFileSync('ps', ['-eo', 'pid=,pgid=,args='], { encoding: 'utf8' }).trim().split('\n').map(row => row.trim().split(/\s+/));
  return rows.filter(([, group]) => Number(group) === editor.process.pid).map(([pid, , ...args]) => ({ pid: Number(pid), args }));
}
