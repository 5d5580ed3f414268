// Why an installation failed, in one sentence.
import { t } from './words.js';

/** Return the cause that pip's output names, and whether it was only the engine that could not be built. */
export function pipFailure(output: string): { sentence: string; isEngine: boolean } {
  if (/(Failed building wheel for|Failed to build) .*llama[-_]cpp[-_]python/s.test(output)) {
    return { sentence: t('llama.cpp, which runs the model, could not be built: it needs a C and a C++ compiler.'), isEngine: true };
  }
  if (/No space left on device/.test(output)) {
    return { sentence: t('The installation failed because the disk is full.'), isEngine: false };
  }
  if (/Temporary failure in name resolution|Failed to establish a new connection|getaddrinfo failed|ConnectTimeout/.test(output)) {
    return { sentence: t('The installation failed because the package index cannot be reached.'), isEngine: false };
  }
  if (/ensurepip is not available|No module named venv/.test(output)) {
    return { sentence: t('Python’s venv module is missing; on Debian and Ubuntu the package python3-venv has it.'), isEngine: false };
  }
  const error = output.split('\n').map(line => line.trim()).filter(line => /^error:/i.test(line)).at(-1);
  const cause = error?.replace(/^error:\s*/i, '') ?? t('its log says why');
  return { sentence: t('The installation failed: {0}', cause), isEngine: false };
}
