// Finding code in the workspace by names, words and meaning, while the question is typed.
import * as vscode from 'vscode';
import { hitRow, type Hit } from './searchRows.js';
import type { Server } from './server.js';
import { t } from './words.js';

const PAUSE_MS = 200;

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
    const answer = await server.command<{ hits: Hit[] }>('pylot.search', { text, limit: 20 }).catch(() => undefined);
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

function asPick(hit: Hit): Pick {
  // The list is the server's, whose hits need not hold the words of the question.
  return { ...hitRow(hit), alwaysShow: true, hit };
}

async function goTo({ uri, range }: Hit): Promise<void> {
  const start = new vscode.Position(range.start.line, range.start.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection: new vscode.Range(start, start) });
}
