// How a driver begins and ends: its task is JSON in the first argument or on stdin, its result one line of JSON on stdout.

const stdin = async () => {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
};

/** What to do, as JSON. */
export const task = async () => JSON.parse(process.argv[2] ?? (await stdin()));

/** Fails with what was expected. */
export const check = (condition, message) => {
  if (!condition) throw new Error(message);
};

export const equal = (actual, expected, what) =>
  check(actual === expected, `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);

/** Expects a refusal with this OAuth error code. */
export const refused = async (attempt, code, what) => {
  try {
    await attempt();
  } catch (error) {
    equal(error.error ?? error.cause?.error, code, `${what} (${error.message})`);
    return code;
  }
  throw new Error(`${what} was not refused`);
};

const causes = (error) => (error ? [error.stack ?? String(error), ...causes(error.cause)] : []);

/** Runs a driver; any failure is told on stderr and ends the process with 1. */
export const run = async (driver) => {
  try {
    const result = await driver(await task());
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    process.stderr.write(`${causes(error).join('\ncaused by: ')}\n`);
    process.exitCode = 1;
  }
};
