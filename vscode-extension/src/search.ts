// Finding code in the workspace by names, words and meaning, while the question is typed, or by code that is like it.
import * as vscode from 'vscode';
import { showProblem } from './problems.js';
import { hitRow, type Hit } from './searchRows.js';
import { messageOf, type Server } from './server.js';
import { t } from './words.js';

const PAUSE_MS = 200;
const MOST_HITS = 20;

type Pick = vscode.QuickPickItem & { hit: Hit };

/** Let the user ask, and go where the answer is. */
export function searchWorkspace(server: Server): void {
  const list = vscode.window.createQuickPick<Pick>();
  list.title = t('Find in the Workspace');
  list.placeholder = t('A name, some words, or what the code does');
  list.matchOnDescription = list.matchOnDetail = true;
  let timer: NodeJS.Timeout | undefined;
  let newest = 0;
  const ask = async (text: string) => {
    const number = (newest += 1);
    list.busy = true;
    const answer = await search(server, { text }).catch(() => undefined);
    if (number === newest) {
      list.busy = false;
      list.items = (answer?.hits ?? []).map(asPick);
    }
  };
  list.onDidChangeValue(text => {
    clearTimeout(timer);
    if (text.trim() !== '') {
      timer = setTimeout(() => void ask(text), PAUSE_MS);
    }
  });
  list.onDidAccept(() => {
    const [chosen] = list.selectedItems;
    list.hide();
    if (chosen !== undefined) {
      void goTo(chosen.hit);
    }
  });
  list.onDidHide(() => {
    clearTimeout(timer);
    list.dispose();
  });
  list.show();
}

/** Show code that is like the selection, and go where the user wants. */
export async function searchSimilar(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty) {
    void vscode.window.showInformationMessage(t('Select the code first.'));
    return;
  }
  const { start, end } = editor.selection;
  const like = { textDocument: { uri: editor.document.uri.toString() }, range: { start, end } };
  try {
    const hits = (await search(server, { like }))?.hits ?? [];
    if (hits.length === 0) {
      void vscode.window.showInformationMessage(t('Nothing like it was found.'));
      return;
    }
    const chosen = await vscode.window.showQuickPick(hits.map(asPick), { title: t('Code Like the Selection'), matchOnDescription: true });
    if (chosen !== undefined) {
      await goTo(chosen.hit);
    }
  } catch (error) {
    void showProblem({ sentence: messageOf(error), step: { title: t('Show Log'), command: 'pylot.showLog' } });
  }
}

function search(server: Server, question: object): Promise<{ hits: Hit[] } | undefined> {
  return server.command<{ hits: Hit[] }>('pylot.search', { ...question, limit: MOST_HITS });
}

function asPick(hit: Hit): Pick {
  // The list is the server's, whose hits need not hold the words of the question.
  return { ...hitRow(hit), alwaysShow: true, hit };
}

async function goTo({ uri, range }: Hit): Promise<void> {
  const start = new vscode.Position(range.start.line, range.start.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection: new vscode.Range(start, start) });
}
