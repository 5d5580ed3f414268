// `node pictures.mjs FOLDER`: makes a picture of every page in a folder that `picture.py` has written.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openBrowser } from './vscode/window.mjs';

const folder = resolve(process.argv[2]);
const browser = await openBrowser();
const page = await browser.newPage({ deviceScaleFactor: 1.5 });
for (const name of readdirSync(folder).filter(each => each.endsWith('.html'))) {
  await page.goto(`file://${join(folder, name)}`);
  await page.locator('pre').screenshot({ path: join(folder, name.replace('.html', '.png')) });
}
await browser.close();
