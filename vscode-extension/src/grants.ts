// What agents may do without asking, and what is denied for good, to be looked at and taken back.
import * as vscode from 'vscode';
import { grantRows, type Grant } from './grantRows.js';
import { showProblem } from './problems.js';
import { messageOf, type Server } from './server.js';
import { t } from './words.js';

/** Show what holds for the next time; the one that is chosen is asked about again, after a question. */
export async function showGrants(server: Server): Promise<void> {
  try {
    const grants = (await server.command<{ grants: Grant[] }>('pylot.approvals.list'))?.grants ?? [];
    if (grants.length === 0) {
      void vscode.window.showInformationMessage(t('Nothing is allowed or denied for good.'));
      return;
    }
    const rows = grantRows(grants, seconds => new Date(seconds * 1000).toLocaleDateString());
    const options = { title: t('What holds for the next time'), placeHolder: t('Choose one to be asked about it again'), matchOnDescription: true };
    const chosen = await vscode.window.showQuickPick(rows, options);
    if (chosen === undefined) {
      return;
    }
    const again = t('Ask Again');
    const { title } = grants.find(({ id }) => id === chosen.id) ?? { title: chosen.label };
    if ((await vscode.window.showWarningMessage(t('Ask about this again?'), { modal: true, detail: title }, again)) === again) {
      await server.command('pylot.approvals.revoke', { id: chosen.id });
    }
  } catch (error) {
    void showProblem({ sentence: messageOf(error), step: { title: t('Show Log'), command: 'pylot.showLog' } });
  }
}
