const LEAST_MAJOR = 24;

/** @returns one line when this version of Node cannot run the program; undefined when it can */
export function nodeVersionProblem(version: string): string | undefined {
  const major = Number.parseInt(version, 10);
  if (major >= LEAST_MAJOR) return undefined;
  return `shadowdiff needs Node ${LEAST_MAJOR} or later, and this is Node ${version}; in its repository, npm start and npm run demo use the right one`;
}
