// What an agent may do is asked here: as a notification with buttons, after a look at it, and until it is answered.
import * as vscode from 'vscode';
import { isDenial, questionOf, titleOf, wholeTextOf, type Approval, type ApprovalAnswer } from './approvalText.js';
import type { Pages } from './pages.js';
import { showProblem } from './problems.js';
import { messageOf, type Server } from './server.js';
import { t } from './words.js';

/** Every approval that waits; one that was put away can be answered from the list of tasks. */
export class Approvals implements vscode.Disposable {
  private readonly waiting = new Map<string, Approval>();
  private readonly replies = new Map<string, (answer: ApprovalAnswer | null) => void>();
  private readonly changed = new vscode.EventEmitter<void>();

  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server, private readonly pages: Pages) {
    server.answer('pylot/approval', (params, token) => this.take(params as Approval, token));
    server.onDidChangeState(({ kind }) => (kind === 'running' ? void this.refresh() : this.forgetAll()));
  }

  dispose(): void {
    this.changed.dispose();
  }

  get pending(): Approval[] {
    return [...this.waiting.values()];
  }

  /** Read from the server what waits, also from before this window was opened. */
  async refresh(): Promise<void> {
    const result = await this.server.command<{ approvals: Approval[] }>('pylot.approvals.list').catch(() => undefined);
    const listed = new Map((result?.approvals ?? []).map(each => [each.id, each]));
    for (const id of this.waiting.keys()) {
      if (!this.replies.has(id) && !listed.has(id)) {
        this.waiting.delete(id);
      }
    }
    listed.forEach((approval, id) => this.waiting.set(id, approval));
    this.changed.fire();
  }

  /** Ask again, or for the first time. */
  async review(id: string | undefined): Promise<void> {
    const approval = this.waiting.get(id ?? this.pending[0]?.id ?? '');
    if (approval === undefined) {
      void vscode.window.showInformationMessage(t('Nothing waits for your answer.'));
      return;
    }
    await this.look(approval);
    await this.ask(approval, true);
  }

  private take(approval: Approval, token: vscode.CancellationToken): Promise<ApprovalAnswer | null> {
    const answered = new Promise<ApprovalAnswer | null>(resolve => this.replies.set(approval.id, resolve));
    this.waiting.set(approval.id, approval);
    this.changed.fire();
    // It was answered elsewhere, or its task has ended.
    token.onCancellationRequested(() => this.settle(approval, null));
    void this.ask(approval, false);
    return answered;
  }

  private async ask(approval: Approval, hasLooked: boolean): Promise<void> {
    const { message, isWarning, buttons } = questionOf(approval, hasLooked);
    const chosen = await (isWarning ? vscode.window.showWarningMessage(message, ...buttons) : vscode.window.showInformationMessage(message, ...buttons));
    if (chosen === undefined || !this.waiting.has(approval.id)) {
      return;
    }
    if (chosen.does === 'look') {
      await this.look(approval);
      await this.ask(approval, true);
      return;
    }
    const choice = chosen.does === 'more' ? await this.chooseAmongAll(approval) : chosen.choice;
    if (choice !== undefined) {
      const comment = isDenial(choice) ? await askWhyNot() : undefined;
      await this.answer(approval, comment ? { choice, comment } : { choice });
    }
  }

  private async chooseAmongAll({ title, choices }: Approval): Promise<string | undefined> {
    const rows = choices.map(choice => ({ label: titleOf(choice), id: choice.id }));
    return (await vscode.window.showQuickPick(rows, { title }))?.id;
  }

  private async look(approval: Approval): Promise<void> {
    const { id, title, edits = [] } = approval;
    if (edits.length === 0) {
      const page = this.pages.put(id, 'Pylot.txt', wholeTextOf(approval));
      await vscode.window.showTextDocument(page, { preview: true, preserveFocus: true });
      return;
    }
    const sides = edits.map(({ uri, before, after }): [vscode.Uri, vscode.Uri, vscode.Uri] => {
      const file = vscode.Uri.parse(uri);
      const name = vscode.workspace.asRelativePath(file, false);
      return [file, this.pages.put(`${id}/before`, name, before ?? ''), this.pages.put(`${id}/after`, name, after)];
    });
    await this.pages.compare(title, sides);
  }

  private async answer(approval: Approval, answer: ApprovalAnswer): Promise<void> {
    const isOpen = this.replies.has(approval.id);
    this.settle(approval, answer);
    if (!isOpen) {
      try {
        await this.server.command('pylot.approvals.answer', { id: approval.id, ...answer });
      } catch (error) {
        void showProblem({ sentence: messageOf(error), step: { title: t('Show Log'), command: 'pylot.showLog' } });
        await this.refresh();
      }
    }
  }

  private settle(approval: Approval, answer: ApprovalAnswer | null): void {
    this.waiting.delete(approval.id);
    this.replies.get(approval.id)?.(answer);
    this.replies.delete(approval.id);
    this.changed.fire();
    void this.pages.close(approval.id);
  }

  private forgetAll(): void {
    this.pending.forEach(approval => this.settle(approval, null));
  }
}

async function askWhyNot(): Promise<string | undefined> {
  return vscode.window.showInputBox({ title: t('Why not?'), prompt: t('The agent reads this and goes on without it. It may stay empty.') });
}
