// The choice between Pylot's own engine and a model server, as `--set` arguments of `pylot lsp`:
// the command line speaks for the user, while what an editor sends may come from a workspace.

/** The machine-scoped settings `pylot.model.*`. */
export interface ModelChoice {
  source: string;
  externalUrl: string;
  externalName: string;
}

const MODEL = 'vscode-external';
const PROVIDER = 'vscode_external';

/** Return the arguments that put an external server in force; none where `pylot.toml` decides. */
export function modelArguments({ source, externalUrl, externalName }: ModelChoice): string[] {
  if (source !== 'external' || externalUrl === '') {
    return [];
  }
  // llama-server fills in the middle itself, and needs no name because it serves one model.
  const kind = externalName !== '' || /\/v1\/?$/.test(externalUrl) ? 'openai' : 'llama-server';
  const deployment = externalName === '' ? { provider: PROVIDER } : { provider: PROVIDER, model: externalName };
  return [
    `models.providers.${PROVIDER}.kind=${kind}`,
    `models.providers.${PROVIDER}.base_url=${externalUrl}`,
    `models.logical.${MODEL}.groups=${JSON.stringify([[deployment]])}`,
    `models.roles.complete=${MODEL}`,
  ].flatMap(assignment => ['--set', assignment]);
}
