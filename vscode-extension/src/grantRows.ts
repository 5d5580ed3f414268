// What was allowed or denied for the next time, as rows of a list: a pure function of what `pylot.approvals.list` answers.
import { t } from './words.js';

/** One standing answer; times are in seconds since 1970. */
export interface Grant {
  id: string;
  effect: string;
  scope: string;
  title: string;
  workspace: string;
  expires: number | null;
  lastUsed: number | null;
  uses: number;
}

export interface GrantRow {
  label: string;
  description: string;
  detail: string;
  id: string;
}

/** Return the rows, those that were used last first; what is denied is marked. */
export function grantRows(grants: readonly Grant[], day: (seconds: number) => string): GrantRow[] {
  return [...grants].sort((one, other) => (other.lastUsed ?? 0) - (one.lastUsed ?? 0)).map(grant => ({
    label: `$(${grant.effect === 'deny' ? 'circle-slash' : 'check'}) ${grant.title}`,
    description: whereOf(grant),
    detail: [usedOf(grant), ...(grant.expires ? [t('until {0}', day(grant.expires))] : [])].join(', '),
    id: grant.id,
  }));
}

function whereOf({ scope, workspace }: Grant): string {
  switch (scope) {
    case 'user': return t('in all workspaces');
    case 'task': return t('for this task');
    default: return t('in {0}', workspace);
  }
}

function usedOf({ uses }: Grant): string {
  return uses === 0 ? t('never used') : t('used {0} times', uses);
}
