// `node run.mjs [NAME ...]`: drives VS Code with what `make package` has made through everything, or the named parts.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Editor, ROOT } from './editor.mjs';
import { runHostSuite } from './hostSuite.mjs';
import { scenarios } from './scenarios.mjs';
import { openBrowser, Window } from './window.mjs';

const wanted = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(ROOT, 'vscode-extension/package.json'), 'utf8'));
const vsix = join(ROOT, `dist/pylot-${version}.vsix`);
const SHOTS = process.env.PYLOT_SHOTS || join(ROOT, 'build/editors/vscode');
const began = Date.now();
const say = text => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
let failures = 0;

mkdirSync(SHOTS, { recursive: true });
const browser = await openBrowser();
try {
  await part('host', {}, async editor => {
    if (!(await runHostSuite(browser, editor, say))) {
      throw new Error('the suite in the extension host failed');
    }
  });
  for (const { name, options, run } of scenarios) {
    await part(name, { ...options, vsix }, async editor => {
      const window = await Window.open(browser, editor, SHOTS, options);
      try {
        await run(window, editor, say);
      } catch (error) {
        await window.shot(`failed-${name}`);
        throw error;
      } finally {
        await window.close();
      }
    });
  }
} finally {
  await browser.close();
}
say(failures === 0 ? 'all passed' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);

async function part(name, options, run) {
  if (wanted.length > 0 && !wanted.includes(name)) {
    return;
  }
  const editor = new Editor(options);
  try {
    if (options.vsix !== undefined) {
      editor.install(options.vsix);
    }
    await editor.start();
    await run(editor);
    say(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    say(`FAILED  ${name}: ${error.stack}\n${editor.folder}`);
  } finally {
    await editor.stop({ keep: process.env.KEEP === '1' });
  }
}
