// Runs `suite/index.cjs` in the extension host of a window, as VS Code's own integration tests do in a browser.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './editor.mjs';

const SUITE = join(dirname(fileURLToPath(import.meta.url)), 'suite/index.cjs');
const LIMIT_MS = 300_000;

/** Run the suite; return whether all of it passed. */
export async function runHostSuite(browser, editor, say) {
  const page = await (await browser.newContext()).newPage();
  let exit;
  const code = new Promise(done => (exit = done));
  await page.exposeFunction('codeAutomationExit', result => exit(result));
  await page.exposeFunction('codeAutomationLog', (type, args) => {
    const text = String(args[0]);
    if (/^(ok|FAILED) /.test(text)) {
      say(text);
    }
  });
  // The workbench takes tests only where its smoke test driver is on, for which code-server has no option.
  await page.addInitScript(() => new MutationObserver((_, observer) => {
    const meta = document.getElementById('vscode-workbench-web-configuration');
    if (meta !== null) {
      observer.disconnect();
      const settings = JSON.parse(meta.getAttribute('data-settings'));
      settings.developmentOptions = { ...settings.developmentOptions, enableSmokeTestDriver: true };
      meta.setAttribute('data-settings', JSON.stringify(settings));
    }
  }).observe(document, { childList: true, subtree: true }));
  const remote = `vscode-remote://127.0.0.1:${editor.port}`;
  const payload = [
    ['extensionDevelopmentPath', `${remote}${join(ROOT, 'vscode-extension')}`],
    ['extensionTestsPath', `${remote}${SUITE}`],
    ['skipWelcome', 'true'],
  ];
  const query = `folder=${editor.workspace}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  await page.goto(`http://127.0.0.1:${editor.port}/?${query}`, { waitUntil: 'commit', timeout: 90_000 });
  const result = await Promise.race([code, new Promise(done => setTimeout(() => done('timeout'), LIMIT_MS))]);
  await page.context().close();
  return result === 0;
}
