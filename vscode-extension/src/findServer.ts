// Which program serves this window.
import * as vscode from 'vscode';
import { candidates, type Candidate, type Places } from './candidates.js';
import type { Problem } from './problems.js';
import { probe } from './probe.js';
import { serverSetting } from './settings.js';
import { t } from './words.js';

/** A program that was tried and starts Pylot. */
export interface Found {
  candidate: Candidate;
  version: string;
}

/** Try what there is in turn; return what starts, or what stands in the way. */
export async function findServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Found | Problem> {
  let outdated: string | undefined;
  for (const candidate of candidates(await places(context))) {
    const result = await probe(candidate, context.globalStorageUri.fsPath);
    if (result.kind === 'good') {
      log.info(t('Pylot {0} is at {1} ({2}).', result.version, candidate.command, candidate.origin));
      return { candidate, version: result.version };
    }
    if (candidate.isChosen) {
      return chosenProblem(result.sentence, candidate.origin);
    }
    if (result.kind !== 'missing') {
      log.info(`${candidate.origin}: ${result.sentence}`);
    }
    if (result.kind === 'oldPylot' || result.kind === 'broken') {
      outdated ??= result.sentence;
    }
  }
  return {
    sentence: outdated ?? t('Pylot’s server is not installed on this machine yet.'),
    step: { title: t('Install'), command: 'pylot.installServer' },
  };
}

/** Whether the search ended with a program. */
export function isFound(result: Found | Problem): result is Found {
  return 'candidate' in result;
}

/** Return the folder of the environment that the extension makes on request. */
export function privateEnvironment(context: vscode.ExtensionContext): string {
  return vscode.Uri.joinPath(context.globalStorageUri, 'environment').fsPath;
}

function chosenProblem(sentence: string, setting: string): Problem {
  return {
    sentence: t('{0} The setting {1} names it.', sentence, setting),
    step: { title: t('Choose an Interpreter'), command: 'pylot.chooseInterpreter' },
  };
}

async function places(context: vscode.ExtensionContext): Promise<Places> {
  // What lies in a workspace is only run once the user trusts it.
  const isTrusted = vscode.workspace.isTrusted;
  return {
    serverPath: serverSetting('path'),
    interpreter: serverSetting('interpreter'),
    workspaceFolders: isTrusted ? localFolders() : [],
    pythonExtension: isTrusted ? await pythonOfExtension() : undefined,
    privateEnvironment: privateEnvironment(context),
    environment: process.env,
    platform: process.platform,
  };
}

function localFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(folder => folder.uri.scheme === 'file').map(folder => folder.uri.fsPath);
}

interface PythonApi {
  environments?: { getActiveEnvironmentPath(resource?: vscode.Uri): { path: string } };
}

async function pythonOfExtension(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  try {
    const api = await extension?.activate();
    const path = api?.environments?.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri).path;
    // A path of an environment that is not made yet is the name of a tool.
    return path?.includes('/') || path?.includes('\\') ? path : undefined;
  } catch {
    return undefined;
  }
}
