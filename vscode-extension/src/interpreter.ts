// Lets the user name the interpreter that Pylot is installed in.
import * as vscode from 'vscode';
import { module } from './candidates.js';
import { probe } from './probe.js';
import { showProblem } from './problems.js';
import { t } from './words.js';

/** Ask for an interpreter and remember it if Pylot starts there; the changed setting restarts the server. */
export async function chooseInterpreter(): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: t('The Python that Pylot is installed in'), openLabel: t('Choose') });
  const path = chosen?.[0]?.fsPath;
  if (path === undefined) {
    return;
  }
  const result = await probe(module(path, path), vscode.env.appRoot);
  if (result.kind !== 'good') {
    void showProblem({ sentence: result.sentence, step: { title: t('Choose an Interpreter'), command: 'pylot.chooseInterpreter' } });
    return;
  }
  const settings = vscode.workspace.getConfiguration('pylot.server');
  await settings.update('path', undefined, vscode.ConfigurationTarget.Global);
  await settings.update('interpreter', path, vscode.ConfigurationTarget.Global);
}
