// What agents have changed is saved before they run something, which only sees the disk.
import * as vscode from 'vscode';
import type { Server } from './server.js';

interface SaveRequest {
  documents: { uri: string; version: number }[];
}

/** Answer `pylot/save`: the documents that were saved; one that has changed since is left to the user. */
export function answerSave(server: Server): void {
  server.answer('pylot/save', async params => {
    const saved: string[] = [];
    for (const { uri, version } of (params as SaveRequest).documents) {
      const wanted = vscode.Uri.parse(uri).toString();
      const document = vscode.workspace.textDocuments.find(each => each.uri.toString() === wanted);
      if (document !== undefined && document.version === version && (await document.save())) {
        saved.push(uri);
      }
    }
    return { saved };
  });
}
