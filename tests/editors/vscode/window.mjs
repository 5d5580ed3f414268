// A window of VS Code in a browser, and the few things a user does in it.
import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EDITORS, until } from './editor.mjs';

const { chromium } = createRequire(join(EDITORS, 'node/package.json'))('playwright-core');
const GHOST = '.ghost-text-decoration, .ghost-text, .ghost-text-decoration-preview';
const PATIENCE = 60_000;

export async function openBrowser() {
  return chromium.launch({
    executablePath: join(EDITORS, 'chromium/chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** One window; selectors of the workbench are here and nowhere else. */
export class Window {
  constructor(page, shots) {
    this.page = page;
    this.shots = shots;
    mkdirSync(shots, { recursive: true });
  }

  static async open(browser, editor, shots, { locale = 'en' } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, locale });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`http://127.0.0.1:${editor.port}/?folder=${editor.workspace}`, { waitUntil: 'domcontentloaded', timeout: PATIENCE });
    await page.waitForSelector('.monaco-workbench', { timeout: PATIENCE });
    return new Window(page, shots);
  }

  async close() {
    await this.page.context().close();
  }

  async shot(name) {
    // A hover that nobody asked for would be in the picture.
    await this.page.mouse.move(2, 2);
    await this.page.screenshot({ path: join(this.shots, `${name}.png`) });
  }

  async openFile(name) {
    await this.page.keyboard.press('Control+P');
    await this.quickInput().fill(name);
    await this.listRow(name).waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator(`.tab.active:has-text("${name}")`).waitFor();
    await this.page.locator('.editor-instance .view-lines').first().waitFor();
  }

  quickInput() {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  async run(command) {
    await this.page.keyboard.press('F1');
    await this.quickInput().fill(`>${command}`);
    await this.listRow(command).waitFor();
    await this.page.keyboard.press('Enter');
  }

  async pick(label) {
    await this.listRow(label).click();
  }

  listRow(label) {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
  }

  /** Go to a line and a column, both from 1. */
  async goTo(line, column) {
    await this.page.keyboard.press('Control+G');
    await this.quickInput().fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.quickInput().waitFor({ state: 'hidden' });
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).waitFor();
  }

  async type(text, delay = 40) {
    await this.page.keyboard.type(text, { delay });
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** Return the ghost text on the screen as one string, or wait for some. */
  async ghost() {
    await this.page.locator(GHOST).first().waitFor();
    return this.ghostNow();
  }

  async ghostNow() {
    const first = await this.page.locator(GHOST).allTextContents();
    const more = await this.page.locator('.suggest-preview-additional-widget .view-line, .ghost-text-lines .view-line').allTextContents();
    return [first.join(''), ...more].join('\n').replaceAll('\u00a0', ' ').trimEnd();
  }

  async noGhost() {
    await this.page.locator(GHOST).first().waitFor({ state: 'detached' });
  }

  /** Return a line as it is typed, without the ghost text that is drawn in it; lines count from 1. */
  async typedLine(number) {
    const lines = await this.page.locator('.editor-instance .view-lines .view-line').evaluateAll((elements, ghost) => elements
      .map(it => ({ top: parseInt(it.style.top), text: [...it.querySelectorAll('span > span')].filter(span => !span.matches(ghost)).map(span => span.textContent).join('') }))
      .sort((one, other) => one.top - other.top)
      .map(it => it.text), GHOST);
    return (lines[number - 1] ?? '').replaceAll('\u00a0', ' ');
  }

  /** Wait until no notification is there that could take the keys, or give them back. */
  async calm() {
    await this.page.locator('.notification-toast').first().waitFor({ state: 'detached' });
  }

  /** Open the list of code actions for what is selected. */
  async codeActions() {
    await this.page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
    // VS Code drops a list when it looks for actions by itself, which it does a moment after the cursor has moved.
    const row = this.page.locator('.action-widget .monaco-list-row.action').first();
    await until(async () => {
      await this.press('Control+.');
      return row.waitFor({ timeout: 3_000 }).then(() => true, () => false);
    }, PATIENCE, 'the list of code actions');
  }

  /** Return the lines of the list that is open, its headings too. */
  async listed() {
    return (await this.page.locator('.action-widget .monaco-list').first().innerText()).split('\n');
  }

  /** Choose an entry of the list that is open. */
  async choose(title) {
    await this.page.locator('.action-widget .monaco-list-row.action', { hasText: title }).first().click();
  }

  /** Return the frame of the Markdown preview. */
  preview() {
    return this.page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');
  }

  /** Return the status bar item of Pylot once it looks as wanted. */
  async status(icon, patience = PATIENCE) {
    const item = this.page.locator(`.statusbar-item:has(.codicon-${icon})`, { hasText: 'Pylot' }).first();
    await item.waitFor({ timeout: patience });
    return item;
  }

  toast(text) {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  async answer(toast, name) {
    await toast.getByRole('button', { name }).click();
  }
}
