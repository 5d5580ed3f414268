// The status bar item and the language status item.
import * as vscode from 'vscode';
import type { Approvals } from './approvals.js';
import type { Explanation } from './explain.js';
import type { Problem } from './problems.js';
import type { Server } from './server.js';
import { lookOf, tooltipOf, type Facts } from './statusText.js';
import { timeOf, type Switches } from './switches.js';
import { speedOf } from './trace.js';
import { t } from './words.js';

const MENU = 'pylot.showMenu';
const FIGURES_AFTER_MS = 1_000;

/** Shows how Pylot is; a click leads to what can be done. */
export class Status implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem('pylot.status', vscode.StatusBarAlignment.Right, 100);
  private readonly language = vscode.languages.createLanguageStatusItem('pylot.status', { pattern: '**' });
  private readonly subscriptions: vscode.Disposable[];
  private facts: Facts = {
    server: 'off', problem: undefined, message: undefined, isThinking: false, work: undefined,
    pausedUntil: undefined, switchedOff: undefined, nPending: 0, speed: undefined,
  };
  private readonly contexts = new Map<string, boolean>();
  private nThinking = 0;
  private timer: NodeJS.Timeout | undefined;

  /** The problem that the server told of while it runs, with its way out. */
  problem: Problem | undefined;

  constructor(
    private readonly server: Server,
    private readonly switches: Switches,
    private readonly explanation: Explanation,
    private readonly approvals: Approvals,
  ) {
    this.bar.name = this.language.name = 'Pylot';
    this.bar.command = MENU;
    this.language.command = { title: t('What can be done'), command: MENU };
    this.subscriptions = [
      this.bar,
      this.language,
      server.onDidChangeState(() => this.serverChanged()),
      switches.onDidChange(() => this.refresh()),
      approvals.onDidChange(() => this.refresh()),
      vscode.window.onDidChangeActiveTextEditor(() => this.refresh()),
      vscode.workspace.onDidChangeConfiguration(event => event.affectsConfiguration('pylot') && this.refresh()),
    ];
    this.refresh();
    this.bar.show();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscriptions.forEach(each => each.dispose());
  }

  /** Take in that a request began or ended. */
  thinking(isBusy: boolean): void {
    this.nThinking += isBusy ? 1 : -1;
    this.refresh();
  }

  /** Take in what the server works at in the background. */
  working(work: Facts['work']): void {
    this.facts = { ...this.facts, work };
    this.refresh();
  }

  /** Take in what the server says of itself. */
  told(message: string, problem: Problem | undefined): void {
    this.problem = problem;
    this.facts = { ...this.facts, message: problem === undefined ? message : undefined };
    this.refresh();
  }

  /** Read the figures of the last suggestions once no more of them come. */
  answered(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.readFigures(), FIGURES_AFTER_MS);
  }

  private async readFigures(): Promise<void> {
    const speed = speedOf(await this.explanation.traces(10));
    if (speed !== undefined) {
      this.facts = { ...this.facts, speed };
      this.refresh();
    }
  }

  private serverChanged(): void {
    if (this.server.state.kind !== 'running') {
      this.problem = undefined;
      this.facts = { ...this.facts, message: undefined, work: undefined };
    }
    this.refresh();
  }

  private refresh(): void {
    const { state } = this.server;
    const editor = vscode.window.activeTextEditor;
    const pause = this.switches.pauseEnd;
    const isRunning = state.kind === 'running';
    this.facts = {
      ...this.facts,
      server: state.kind,
      problem: state.kind === 'failed' ? state.problem.sentence : this.problem?.sentence,
      isThinking: this.nThinking > 0,
      nPending: this.approvals.pending.length,
      pausedUntil: pause && timeOf(pause),
      switchedOff: isRunning && editor !== undefined ? this.switches.whyNot(editor.document) : undefined,
    };
    this.tellMenus('pylot.isRunning', isRunning);
    this.tellMenus('pylot.isPaused', pause !== undefined);
    this.draw();
  }

  private tellMenus(key: string, value: boolean): void {
    // Every key that is typed comes through here, and each message to the window costs.
    if (this.contexts.get(key) !== value) {
      this.contexts.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  }

  private draw(): void {
    const look = lookOf(this.facts);
    this.bar.text = `${look.icon} ${look.text}`;
    this.bar.tooltip = ['Pylot', ...tooltipOf(this.facts)].join('\n');
    this.bar.accessibilityInformation = { label: `Pylot: ${look.summary}`, role: 'button' };
    this.bar.backgroundColor = look.severity === 'information' ? undefined
      : new vscode.ThemeColor(look.severity === 'error' ? 'statusBarItem.errorBackground' : 'statusBarItem.warningBackground');
    this.language.text = look.summary;
    this.language.busy = look.isBusy;
    this.language.severity = look.severity === 'error' ? vscode.LanguageStatusSeverity.Error
      : look.severity === 'warning' ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
  }
}
