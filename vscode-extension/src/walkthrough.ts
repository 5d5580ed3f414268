// The first steps, of which the first is done once the server runs.
import * as vscode from 'vscode';
import type { Server } from './server.js';

const HAS_SERVER = 'pylot.hasServer';

/** Let the step be ticked off as soon as the server runs, also in a walkthrough that is opened later. */
export function followServer(server: Server): vscode.Disposable {
  return server.onDidChangeState(() => tellServer(server));
}

/** Open the walkthrough. */
export async function openWalkthrough(context: vscode.ExtensionContext, server: Server): Promise<void> {
  // VS Code learns of the walkthrough only when one is opened, and never ticks off what was true by then.
  await vscode.commands.executeCommand('setContext', HAS_SERVER, false);
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#pylot.start`);
  tellServer(server);
}

function tellServer(server: Server): void {
  void vscode.commands.executeCommand('setContext', HAS_SERVER, server.state.kind === 'running');
}
