// Writes the message of a commit into the box from which Git takes it.
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { showProblem } from './problems.js';
import { folderFor, innermost } from './repositoryFolder.js';
import { messageOf, type Server } from './server.js';
import { t } from './words.js';

const REQUEST_CANCELLED = -32800;

interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
}

interface GitExtension {
  getAPI(version: 1): { readonly repositories: readonly Repository[] };
}

interface Answer {
  message: string;
  leftOut: number;
}

/** Ask for a message for what is staged, in the repository of a source control or one that the user chooses. */
export async function writeCommitMessage(server: Server, control?: vscode.SourceControl): Promise<void> {
  const known = await repositories();
  const repository = await choose(known, control?.rootUri);
  if (repository === undefined && known.length > 0) {
    return;
  }
  const folders = (vscode.workspace.workspaceFolders ?? []).map(each => each.uri.fsPath);
  const folder = repository === undefined ? undefined : folderFor(repository.rootUri.fsPath, folders);
  try {
    const answer = await server.command<Answer>('pylot.commitMessage', ...(folder === undefined ? [] : [{ folder }]));
    if (answer !== undefined) {
      await show(answer, repository);
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== REQUEST_CANCELLED) {
      void showProblem({ sentence: messageOf(error), step: { title: t('Show Log'), command: 'pylot.showLog' } });
    }
  }
}

/** Return the repositories that VS Code's own Git knows; none where it is switched off. */
async function repositories(): Promise<readonly Repository[]> {
  try {
    const git = await vscode.extensions.getExtension<GitExtension>('vscode.git')?.activate();
    return git?.getAPI(1).repositories ?? [];
  } catch {
    return [];
  }
}

async function choose(known: readonly Repository[], root: vscode.Uri | undefined): Promise<Repository | undefined> {
  const rootOf = (each: Repository) => each.rootUri.fsPath;
  const named = root === undefined ? undefined : known.find(each => rootOf(each) === root.fsPath);
  if (named !== undefined || known.length < 2) {
    return named ?? known[0];
  }
  const path = vscode.window.activeTextEditor?.document.uri.fsPath;
  const around = path === undefined ? undefined : innermost(known, rootOf, path);
  if (around !== undefined) {
    return around;
  }
  const rows = known.map(repository => ({ label: basename(rootOf(repository)), description: rootOf(repository), repository }));
  return (await vscode.window.showQuickPick(rows, { title: t('Write a Commit Message') }))?.repository;
}

async function show({ message, leftOut }: Answer, repository: Repository | undefined): Promise<void> {
  if (repository !== undefined) {
    repository.inputBox.value = message;
    await vscode.commands.executeCommand('workbench.view.scm');
  } else {
    const document = await vscode.workspace.openTextDocument({ language: 'git-commit', content: message });
    await vscode.window.showTextDocument(document);
  }
  if (leftOut > 0) {
    void vscode.window.showInformationMessage(t('The message does not speak of staged files that are excluded: {0}.', leftOut));
  }
}
