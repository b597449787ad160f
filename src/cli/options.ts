import { type Command, InvalidArgumentError } from "commander";

/** An empty value is most often a variable that was not set; taking it for "not given" would loosen the check. */
export function notEmpty(value: string): string {
  if (value.trim() === "") throw new InvalidArgumentError("It is empty. Is the variable that you pass set?");
  return value;
}

/** Adds to what an option that may be repeated has gathered. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, notEmpty(value)];
}

/** A whole number above 0. */
export function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number <= 0) throw new InvalidArgumentError("It must be a whole number above 0.");
  return number;
}

/** A number from 0 to 100. */
export function percent(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !(number >= 0 && number <= 100))
    throw new InvalidArgumentError("It must be from 0 to 100.");
  return number;
}

/** The options of the commands that are about the audit store. */
export function withStore(command: Command): Command {
  return command
    .option("--store <file>", "audit store (default: audit.store of gate.yaml)", notEmpty)
    .option("-c, --config <file>", "configuration (default: gate.yaml here or above)", notEmpty);
}
