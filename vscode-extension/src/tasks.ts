// Tasks of agents: a view of them and of what waits for the user, and the commands that start and end them.
import * as vscode from 'vscode';
import type { Approvals } from './approvals.js';
import type { Pages } from './pages.js';
import { showProblem } from './problems.js';
import { messageOf, type Server } from './server.js';
import { canResume, isOver, rowsOf, statusText, type Row, type Task } from './taskRows.js';
import { t } from './words.js';

const VIEW = 'pylot.tasks';

/** The view of tasks, which follows what the server tells. */
export class Tasks implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly tasks = new Map<string, Task>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<Row>;
  private readonly subscriptions: vscode.Disposable[];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly server: Server, private readonly approvals: Approvals, private readonly pages: Pages) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this });
    this.subscriptions = [
      this.view,
      this.changed,
      approvals.onDidChange(() => this.refresh()),
      server.onDidChangeState(({ kind }) => kind === 'running' && void this.read()),
    ];
    server.on('pylot/taskUpdate', params => this.take(params as Task));
  }

  dispose(): void {
    this.subscriptions.forEach(each => each.dispose());
  }

  getChildren(row?: Row): Row[] {
    return row === undefined ? rowsOf([...this.tasks.values()], this.approvals.pending) : row.children;
  }

  getTreeItem({ id, label, description, icon, kind, children }: Row): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const state = children.length === 0 ? None : kind.includes('running') ? Expanded : Collapsed;
    const item = new vscode.TreeItem(label, state);
    // VS Code remembers by its id what is unfolded, and a task that is over folds itself up.
    item.id = state === Collapsed ? `${id}/over` : id;
    item.description = description;
    item.tooltip = [label, description].filter(Boolean).join('\n');
    item.iconPath = new vscode.ThemeIcon(icon);
    item.contextValue = kind;
    if (kind === 'approval') {
      item.command = { title: t('Answer'), command: 'pylot.reviewApproval', arguments: [{ id }] };
    } else if (kind.includes('answered')) {
      item.command = { title: t('Show the Answer'), command: 'pylot.showAnswer', arguments: [{ id }] };
    }
    return item;
  }

  /** Let an agent work at what the user types. */
  async ask(): Promise<void> {
    const prompt = await vscode.window.showInputBox({
      title: t('Ask the agent'),
      prompt: t('It reads what it needs, and asks before it changes or runs anything.'),
      placeHolder: t('What is to be done?'),
      ignoreFocusOut: true,
    });
    if (prompt?.trim()) {
      await this.tell('pylot.agent.run', { prompt });
    }
  }

  /** Cancel a task; without one the newest that is under way. */
  async cancel(row?: Row): Promise<void> {
    await this.tell('pylot.agent.cancel', ...this.chosen(row, ({ status }) => !isOver(status)));
  }

  /** Let a task go on that was interrupted or has met a limit; without one the newest of these. */
  async resume(row?: Row): Promise<void> {
    await this.tell('pylot.agent.resume', ...this.chosen(row, ({ status }) => canResume(status)));
  }

  /** Give the files of a task the texts that they had before it. */
  async restore(row?: Row): Promise<void> {
    const result = await this.tell<{ restored: string[]; skipped: { path: string; reason: string }[] }>('pylot.agent.restore', ...this.chosen(row, () => true));
    if (result !== undefined) {
      const left = result.skipped.map(({ path, reason }) => t('{0} was left alone: {1}.', path, reason));
      void vscode.window.showInformationMessage([t('{0} files are as they were.', result.restored.length), ...left].join(' '));
    }
  }

  /** Delete a task that is over, once the user is sure. */
  async forget(row?: Row): Promise<void> {
    if (row === undefined) {
      return;
    }
    const forget = t('Forget');
    const question = t('Forget “{0}” for good? What its files held before goes with it.', row.label);
    if ((await vscode.window.showWarningMessage(question, { modal: true }, forget)) === forget) {
      await this.tell('pylot.agent.forget', { taskId: row.id });
      await this.read();
    }
  }

  /** Show what a task has answered. */
  async showAnswer(row?: Row): Promise<void> {
    const task = row === undefined ? [...this.tasks.values()].reverse().find(each => each.status === 'completed') : this.tasks.get(row.id);
    if (task === undefined) {
      void vscode.window.showInformationMessage(t('No task has answered yet.'));
      return;
    }
    // Of tasks from before this window only their state is told.
    const answer = task.answer ?? (await this.server.command<Task>('pylot.agent.show', { taskId: task.taskId }).catch(() => undefined))?.answer;
    const page = this.pages.put(task.taskId, 'Pylot.md', `# ${task.title}\n\n${answer ?? ''}\n`);
    await vscode.commands.executeCommand('markdown.showPreview', page);
  }

  private chosen(row: Row | undefined, fits: (task: Task) => boolean): { taskId: string }[] {
    const taskId = row?.id ?? [...this.tasks.values()].reverse().find(fits)?.taskId;
    return taskId === undefined ? [] : [{ taskId }];
  }

  private async tell<R>(command: string, ...args: unknown[]): Promise<R | undefined> {
    try {
      return await this.server.command<R>(command, ...args);
    } catch (error) {
      void showProblem({ sentence: messageOf(error), step: { title: t('Show Log'), command: 'pylot.showLog' } });
      return undefined;
    }
  }

  private async read(): Promise<void> {
    const result = await this.server.command<{ tasks: Task[] }>('pylot.agent.tasks').catch(() => undefined);
    this.tasks.clear();
    result?.tasks.forEach(task => this.tasks.set(task.taskId, task));
    this.refresh();
  }

  private take(update: Task): void {
    const before = this.tasks.get(update.taskId);
    const task = { ...before, ...update };
    this.tasks.set(task.taskId, task);
    if (task.status === 'waiting_for_approval') {
      // It may have been asked in another window.
      void this.approvals.refresh();
    }
    if (isOver(task.status) && before !== undefined && !isOver(before.status)) {
      void this.tellEnd(task);
    }
    this.refresh();
  }

  private async tellEnd(task: Task): Promise<void> {
    const sentence = `${task.title}: ${task.status === 'completed' ? statusText(task.status) : task.message ?? statusText(task.status)}`;
    if (task.status === 'completed') {
      const show = t('Show the Answer');
      if ((await vscode.window.showInformationMessage(sentence, ...(task.answer ? [show] : []))) === show) {
        await this.showAnswer({ id: task.taskId } as Row);
      }
    } else if (canResume(task.status)) {
      void showProblem({ sentence, step: { title: t('Go On'), command: 'pylot.resumeTask', args: [{ id: task.taskId }] } });
    }
  }

  private refresh(): void {
    const { length } = this.approvals.pending;
    this.view.badge = length === 0 ? undefined : { value: length, tooltip: t('{0} wait for your answer', length) };
    this.changed.fire();
  }
}
