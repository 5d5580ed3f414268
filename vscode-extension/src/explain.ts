// Shows why there was a suggestion, or why there was none.
import * as vscode from 'vscode';
import { explainPage } from './explainPage.js';
import type { Server } from './server.js';
import type { Switches } from './switches.js';
import type { Trace } from './trace.js';

const SCHEME = 'pylot-explanation';
const REQUESTS_SHOWN = 20;

/** The page of the last requests, as a read-only document and its preview. */
export class Explanation implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly uri = vscode.Uri.from({ scheme: SCHEME, path: '/Pylot.md' });
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  private page = '';

  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server, private readonly switches: Switches) {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  provideTextDocumentContent(): string {
    return this.page;
  }

  /** Ask for the newest state and show it beside the code. */
  async show(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const traces = await this.traces(REQUESTS_SHOWN);
    const here = editor === undefined ? undefined : this.switches.whyNot(editor.document) ?? this.notRunning();
    this.page = explainPage(traces, here);
    this.changed.fire(this.uri);
    await vscode.commands.executeCommand('markdown.showPreviewToSide', this.uri);
  }

  /** Return what happened in the last requests, the newest first. */
  async traces(count: number): Promise<Trace[]> {
    const result = await this.server.request<{ traces: Trace[] }>('workspace/executeCommand', { command: 'pylot.explain', arguments: [count] });
    return result?.traces ?? [];
  }

  private notRunning(): string | undefined {
    return this.server.state.kind === 'failed' ? this.server.state.problem.sentence : undefined;
  }
}
