// What a model has written is shown as a difference before it is made.
// VS Code's own preview has one line for an edit of many, and boxes that nobody has ticked.
import * as vscode from 'vscode';
import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult } from 'vscode-languageclient';
import type { Pages } from './pages.js';
import { edited, filesOf, needsLook, withoutQuestion } from './proposedText.js';
import { t } from './words.js';

type Apply = (params: ApplyWorkspaceEditParams) => Promise<ApplyWorkspaceEditResult>;

/** Every edit that the server asks for goes through here. */
export class Proposals {
  private count = 0;

  constructor(private readonly pages: Pages) {}

  /** Make an edit, once somebody has seen it and agreed where it has to be seen. */
  async make(params: ApplyWorkspaceEditParams, apply: Apply): Promise<ApplyWorkspaceEditResult> {
    if (!needsLook(params.edit)) {
      return apply(params);
    }
    const group = `proposal-${(this.count += 1)}`;
    const title = params.label ?? 'Pylot';
    try {
      await this.show(group, title, params);
      if (!(await isWanted(title))) {
        return { applied: false };
      }
    } finally {
      await this.pages.close(group);
    }
    const result = await apply({ ...params, edit: withoutQuestion(params.edit) });
    if (!result.applied) {
      void vscode.window.showWarningMessage(t('The file has changed meanwhile, so nothing was done: choose the action again.'));
    }
    return result;
  }

  private async show(group: string, title: string, { edit }: ApplyWorkspaceEditParams): Promise<void> {
    const sides = await Promise.all(filesOf(edit).map(async ({ uri, isNew, edits }): Promise<[vscode.Uri, vscode.Uri, vscode.Uri]> => {
      const file = vscode.Uri.parse(uri);
      const before = isNew ? '' : (await vscode.workspace.openTextDocument(file)).getText();
      const name = vscode.workspace.asRelativePath(file, false);
      return [file, this.pages.put(`${group}/before`, name, before), this.pages.put(`${group}/after`, name, edited(before, edits))];
    }));
    await this.pages.compare(title, sides);
  }
}

async function isWanted(title: string): Promise<boolean> {
  const apply = t('Apply');
  return (await vscode.window.showInformationMessage(t('{0}: make this change?', title), apply, t('Discard'))) === apply;
}
