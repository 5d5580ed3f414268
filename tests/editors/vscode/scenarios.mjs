// What a user sees and does, one scenario per main moment.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from './editor.mjs';

const READ = (name, ending) => `def read_${name}(path: Path) -> dict:\n    ${ending}`;
const PATHS = `import json\nfrom pathlib import Path\n\n\n${READ('settings', 'with open(path) as file:\n        return json.load(file)')}\n\n\n${READ('users', '\n')}`;
const [LINE, COLUMN] = [11, 5];

export const scenarios = [
  { name: 'ghost-text', options: { files: { 'paths.py': PATHS } }, run: ghostText },
  { name: 'switches', options: { files: { 'paths.py': PATHS } }, run: switches },
  { name: 'killed-server', options: { files: { 'paths.py': PATHS } }, run: killedServer },
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

/** Return the language servers below an editor. */
function servers(editor) {
  const rows = execFileSync('ps', ['-eo', 'pid=,pgid=,args='], { encoding: 'utf8' }).trim().split('\n').map(row => row.trim().split(/\s+/));
  return rows.filter(([, group, ...args]) => Number(group) === editor.process.pid && args.at(-1) === 'lsp').map(([pid]) => Number(pid));
}
