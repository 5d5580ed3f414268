// What the user has set, as the server and the extension take it.
import * as vscode from 'vscode';
import { isServerSetting, serverSections } from './settingNames.js';
import { modelArguments } from './modelOverrides.js';

/** Return the sections for the server, with only what somebody set: defaults would override the user's `pylot.toml`. */
export function sectionsForServer(declared: Iterable<string>): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration('pylot');
  const values = new Map<string, unknown>();
  for (const name of declared) {
    const found = isServerSetting(name) ? settings.inspect(name) : undefined;
    const value = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
    if (value !== undefined) {
      values.set(name, value);
    }
  }
  return serverSections(values);
}

/** Return the names of the extension's settings without `pylot.`, as its manifest declares them. */
export function declaredNames(extension: vscode.Extension<unknown>): string[] {
  const sections: { properties: object }[] = extension.packageJSON.contributes.configuration;
  return sections.flatMap(section => Object.keys(section.properties)).map(name => name.slice('pylot.'.length));
}

/** Return the arguments of `pylot lsp` that machine-scoped settings ask for. */
export function serverArguments(): string[] {
  const settings = vscode.workspace.getConfiguration('pylot.model');
  return modelArguments({
    source: settings.get('source', 'embedded'),
    externalUrl: settings.get('externalUrl', ''),
    externalName: settings.get('externalName', ''),
  });
}

/** Return a machine-scoped setting about the server's program. */
export function serverSetting(name: 'path' | 'interpreter' | 'package'): string {
  return vscode.workspace.getConfiguration('pylot.server').get(name, '').trim();
}

/** Whether a change makes a new server process necessary. */
export function needsRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return ['pylot.enable', 'pylot.server', 'pylot.model'].some(section => event.affectsConfiguration(section));
}
