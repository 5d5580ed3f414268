// Runs inside the real extension host of a clean profile, with the real server and the shipped model.
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const vscode = require('vscode');

const { executeCommand } = vscode.commands;

const REPEATED = 'def read_settings(path):\n    with open(path) as file:\n        return json.load(file)\n\n\n';
const BEGUN = `import json\n\n\n${REPEATED}def read_users(path):\n    with open(`;

const cases = {
  async 'a clean profile finds the server and starts it'() {
    await running();
    const commands = await vscode.commands.getCommands(true);
    const declared = extension().packageJSON.contributes.commands.map(it => it.command);
    assert.deepEqual(declared.filter(it => !commands.includes(it)), []);
  },

  async 'ghost text is accepted whole, and the server counts it'() {
    const before = await learned('accepted');
    const editor = await open(BEGUN);
    await suggest();
    await executeCommand('editor.action.inlineSuggest.commit');
    await until(() => editor.document.getText().startsWith(`${BEGUN}path) as file:`), 'the accepted text');
    await until(async () => (await learned('accepted')) === before + 1, 'the count');
  },

  async 'a word and a line are accepted, and the server counts a part'() {
    const before = await learned('partly_accepted');
    const editor = await open(BEGUN);
    await suggest();
    await executeCommand('pylot.acceptWord');
    await until(() => editor.document.getText().startsWith(`${BEGUN}path`), 'the word');
    assert.notEqual(editor.document.getText().trimEnd(), `${BEGUN}path) as file:`);
    await executeCommand('pylot.acceptLine');
    await until(() => editor.document.getText().startsWith(`${BEGUN}path) as file:`), 'the line');
    await until(async () => (await learned('partly_accepted')) > before, 'the count');
  },

  async 'a suggestion that is put away is counted'() {
    const before = await learned('dismissed');
    await open(BEGUN);
    await suggest();
    await executeCommand('pylot.dismissSuggestion');
    await until(async () => (await learned('dismissed')) === before + 1, 'the count');
  },

  async 'several cursors take the suggestion at each'() {
    const line = '    with open(';
    const text = `import json\n\n\n${REPEATED}def read_users(path):\n${line}\n\n\ndef read_groups(path):\n${line}`;
    const editor = await open(text);
    const ends = [9, 13].map(number => editor.document.lineAt(number).range.end);
    editor.selections = ends.map(end => new vscode.Selection(end, end));
    await suggest();
    await executeCommand('editor.action.inlineSuggest.commit');
    await until(() => editor.document.getText().split('open(path) as file:').length === 4, 'both places');
  },

  async 'an untitled document gets ghost text'() {
    const document = await vscode.workspace.openTextDocument({ language: 'python', content: BEGUN });
    const editor = await show(document);
    await suggest();
    await executeCommand('editor.action.inlineSuggest.commit');
    await until(() => editor.document.getText().startsWith(`${BEGUN}path) as file:`), 'the accepted text');
  },

  async 'a cell of a notebook goes by the cells before it'() {
    const cells = [
      ['def read_settings(path):\n    with open(path) as file:\n        return json.load(file)', 'python'],
      ['# Users', 'markdown'],
      ['def read_users(path):\n    with open(', 'python'],
    ].map(([text, language]) => new vscode.NotebookCellData(language === 'markdown' ? 1 : 2, text, language));
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(cells));
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(2, 3)] });
    const { document } = notebook.cellAt(2);
    await until(async () => {
      await executeCommand('notebook.cell.edit');
      return vscode.window.activeTextEditor?.document === document;
    }, 'the editor of the cell');
    const end = document.lineAt(document.lineCount - 1).range.end;
    vscode.window.activeTextEditor.selection = new vscode.Selection(end, end);
    await suggest();
    await executeCommand('editor.action.inlineSuggest.commit');
    await until(() => document.getText().endsWith('path) as file:'), 'the accepted text');
  },

  async 'settings reach the server under its own names'() {
    const settings = vscode.workspace.getConfiguration('pylot');
    const lengths = [];
    for (const most of [1, undefined]) {
      await settings.update('completion.maxLineTokens', most, vscode.ConfigurationTarget.Workspace);
      await settings.update('completion.localPredictor', most === 1 ? false : undefined, vscode.ConfigurationTarget.Workspace);
      await sleep(500);
      const editor = await open(BEGUN);
      await suggest();
      await executeCommand('editor.action.inlineSuggest.commit');
      await until(() => editor.document.getText() !== BEGUN, 'the suggestion');
      lengths.push(editor.document.getText().length - BEGUN.length);
    }
    assert.ok(lengths[0] < lengths[1], lengths.join(' '));
  },

  async 'a killed server comes back by itself, and so does ghost text'() {
    const [pid] = servers();
    process.kill(pid, 'SIGKILL');
    await until(() => servers().some(it => it !== pid), 'another server');
    await running();
    const editor = await open(BEGUN);
    await suggest();
    await executeCommand('editor.action.inlineSuggest.commit');
    await until(() => editor.document.getText() !== BEGUN, 'the suggestion');
    assert.equal(servers().length, 1);
  },

  async 'many restarts at once leave one server'() {
    await Promise.all([1, 2, 3, 4].map(() => executeCommand('pylot.restartServer')));
    await running();
    assert.equal(servers().length, 1);
  },

  async 'switching Pylot off for the workspace stops the server'() {
    const settings = vscode.workspace.getConfiguration('pylot');
    await settings.update('enable', false, vscode.ConfigurationTarget.Workspace);
    await until(() => servers().length === 0, 'the end of the server');
    await settings.update('enable', undefined, vscode.ConfigurationTarget.Workspace);
    await running();
  },
};

exports.run = async () => {
  const wanted = process.env.PYLOT_CASE;
  let failures = 0;
  await running();
  for (const [name, run] of Object.entries(cases).filter(([name]) => !wanted || name.includes(wanted))) {
    try {
      await run();
      console.log(`ok      ${name}`);
    } catch (error) {
      failures += 1;
      console.log(`FAILED  ${name}: ${error.stack}`);
    }
  }
  if (failures > 0) {
    throw new Error(`${failures} failed`);
  }
};

function extension() {
  return vscode.extensions.getExtension('pylot.pylot');
}

async function running() {
  await extension().activate();
  await until(async () => (await status().catch(() => undefined))?.version, 'the server');
}

function status() {
  return executeCommand('pylot.status');
}

async function learned(fate) {
  const { learned } = await status();
  const sources = Object.values(learned.python ?? {});
  return sources.reduce((sum, counts) => sum + (counts[fate] ?? 0), 0);
}

async function explained() {
  return (await executeCommand('pylot.explain', 1)).traces[0];
}

async function open(content) {
  const folder = vscode.workspace.workspaceFolders[0].uri;
  const uri = vscode.Uri.joinPath(folder, `case${Math.random().toString(36).slice(2)}.py`);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(content));
  return show(await vscode.workspace.openTextDocument(uri));
}

async function show(document) {
  const editor = await vscode.window.showTextDocument(document);
  const end = document.positionAt(document.getText().length);
  editor.selection = new vscode.Selection(end, end);
  return editor;
}

// Nothing in the API tells that ghost text is on the screen; the server tells that it has sent some.
async function suggest() {
  const before = (await explained())?.id;
  await until(async () => {
    await executeCommand('pylot.triggerSuggestion');
    const newest = await explained();
    return newest !== undefined && newest.id !== before && newest.shown > 0;
  }, 'a suggestion');
  await sleep(300);
}

function servers() {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n').map(row => row.trim().split(/\s+/));
  return rows.filter(([, parent, ...args]) => Number(parent) === process.pid && args.includes('lsp')).map(([pid]) => Number(pid));
}

async function until(ask, what, ms = 20_000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(100)) {
    if (await ask()) {
      return;
    }
  }
  throw new Error(`${what} did not come`);
}

function sleep(ms) {
  return new Promise(done => setTimeout(done, ms));
}
