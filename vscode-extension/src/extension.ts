import * as vscode from 'vscode';
import { Approvals } from './approvals.js';
import { registerCommands } from './commands.js';
import { Explanation } from './explain.js';
import { GhostText } from './ghostText.js';
import { answerInput } from './input.js';
import { Pages } from './pages.js';
import { Progress } from './progress.js';
import { Proposals } from './proposals.js';
import { Server } from './server.js';
import { listen } from './serverMessages.js';
import { needsRestart } from './settings.js';
import { Status } from './status.js';
import { Switches } from './switches.js';
import { Tasks } from './tasks.js';
import { followServer } from './walkthrough.js';
import { translateWith } from './words.js';

let server: Server | undefined;

/** Put the parts together and start the server in the background; waits for nothing. */
export function activate(context: vscode.ExtensionContext): void {
  translateWith((message, ...args) => vscode.l10n.t(message, ...args));
  const log = vscode.window.createOutputChannel('Pylot', { log: true });
  const switches = new Switches();
  const progress = new Progress(work => status.working(work));
  const pages = new Pages();
  const running = (server = new Server(context, log, progress, new Proposals(pages)));
  const explanation = new Explanation(running, switches);
  const approvals = new Approvals(running, pages);
  const tasks = new Tasks(running, approvals, pages);
  const status = new Status(running, switches, explanation, approvals);
  const ghostText = new GhostText(running, switches, isBusy => status.thinking(isBusy), () => status.answered());
  listen(running, status, log);
  answerInput(running);
  context.subscriptions.push(
    log,
    switches,
    explanation,
    pages,
    approvals,
    tasks,
    status,
    ghostText,
    followServer(running),
    ...registerCommands({ context, server: running, switches, status, explanation, approvals, tasks, log }),
    vscode.window.onDidChangeActiveTextEditor(editor => focus(running, editor)),
    vscode.workspace.onDidChangeConfiguration(event => needsRestart(event) && void running.restart()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => running.state.kind === 'failed' && void running.restart()),
  );
  void running.restart();
}

/** Stop the server; VS Code waits for it. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}

function focus(server: Server, editor: vscode.TextEditor | undefined): void {
  const textDocument = editor === undefined ? {} : { textDocument: { uri: editor.document.uri.toString() } };
  server.notify('textDocument/didFocus', textDocument);
}
