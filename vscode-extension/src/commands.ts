// The palette, and what buttons lead to.
import * as vscode from 'vscode';
import type { Approvals } from './approvals.js';
import { writeCommitMessage } from './commitMessage.js';
import type { Explanation } from './explain.js';
import { showGrants } from './grants.js';
import { installServer } from './install.js';
import { chooseInterpreter } from './interpreter.js';
import { askForPause, showMenu } from './menu.js';
import { chooseModel } from './models.js';
import { searchSimilar, searchWorkspace } from './search.js';
import type { Server } from './server.js';
import type { Status } from './status.js';
import { isWantedIn, setWantedFor, type Switches } from './switches.js';
import type { Row } from './taskRows.js';
import type { Tasks } from './tasks.js';
import { openWalkthrough } from './walkthrough.js';

export interface Parts {
  context: vscode.ExtensionContext;
  server: Server;
  switches: Switches;
  status: Status;
  explanation: Explanation;
  approvals: Approvals;
  tasks: Tasks;
  log: vscode.LogOutputChannel;
}

/** Register every command of the extension. */
export function registerCommands(parts: Parts): vscode.Disposable[] {
  const { context, server, switches, status, explanation, approvals, tasks, log } = parts;
  const run = (command: string) => () => vscode.commands.executeCommand(command);
  const table: Record<string, (...args: never[]) => unknown> = {
    'pylot.showMenu': () => showMenu(switches, server.state.kind === 'failed' ? server.state.problem : status.problem, approvals.pending),
    'pylot.explainSuggestion': () => explanation.show(),
    'pylot.triggerSuggestion': run('editor.action.inlineSuggest.trigger'),
    'pylot.nextSuggestion': run('editor.action.inlineSuggest.showNext'),
    'pylot.previousSuggestion': run('editor.action.inlineSuggest.showPrevious'),
    'pylot.acceptWord': run('editor.action.inlineSuggest.acceptNextWord'),
    'pylot.acceptLine': run('editor.action.inlineSuggest.acceptNextLine'),
    'pylot.pause': (minutes?: number) => (minutes === undefined ? askForPause(switches) : switches.pause(minutes)),
    'pylot.resume': () => switches.resume(),
    'pylot.toggleLanguage': () => toggleLanguage(),
    'pylot.chooseModel': () => chooseModel(server, log),
    'pylot.installServer': (withEngine?: boolean) => install(parts, withEngine ?? true),
    'pylot.chooseInterpreter': () => chooseInterpreter(),
    'pylot.restartServer': () => server.restart(),
    'pylot.showLog': () => log.show(),
    'pylot.openSettings': () => vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`),
    'pylot.openConfigurationFolder': (folder: string) => vscode.env.openExternal(vscode.Uri.file(folder)),
    'pylot.openWalkthrough': () => openWalkthrough(context, server),
    'pylot.askAgent': () => tasks.ask(),
    'pylot.cancelTask': (row?: Row) => tasks.cancel(row),
    'pylot.resumeTask': (row?: Row) => tasks.resume(row),
    'pylot.restoreFiles': (row?: Row) => tasks.restore(row),
    'pylot.forgetTask': (row?: Row) => tasks.forget(row),
    'pylot.showAnswer': (row?: Row) => tasks.showAnswer(row),
    'pylot.reviewApproval': (row?: { id: string }) => approvals.review(row?.id),
    // The server asks whether they are sure: a task of the workspace could name these commands.
    'pylot.trustFolder': () => server.request('workspace/executeCommand', { command: 'pylot.workspace.trust' }),
    'pylot.distrustFolder': () => server.request('workspace/executeCommand', { command: 'pylot.workspace.distrust' }),
    'pylot.showGrants': () => showGrants(server),
    'pylot.searchWorkspace': () => searchWorkspace(server),
    'pylot.searchSimilar': () => searchSimilar(server),
    'pylot.writeCommitMessage': (control?: vscode.SourceControl) => writeCommitMessage(server, control),
    'pylot.rebuildIndex': () => server.request('workspace/executeCommand', { command: 'pylot.index.rebuild' }),
    'pylot.pauseIndex': () => pauseIndex(server, true),
    'pylot.resumeIndex': () => pauseIndex(server, false),
  };
  return Object.entries(table).map(([name, handler]) => vscode.commands.registerCommand(name, handler));
}

async function install({ context, server, status, log }: Parts, withEngine: boolean): Promise<void> {
  if (await installServer(context, log, withEngine, work => status.working(work))) {
    await server.restart();
  }
}

async function pauseIndex(server: Server, isPaused: boolean): Promise<void> {
  await server.request('workspace/executeCommand', { command: 'pylot.index.pause', arguments: [isPaused] });
}

async function toggleLanguage(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document !== undefined) {
    await setWantedFor(document, !isWantedIn(document));
  }
}
