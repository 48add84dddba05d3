/**
 * Takes the guards of the product away, one at a time, and looks whether the tests notice:
 * `npm run test:mutations -- [name …]`. Each mutation is made in a copy of the tree.
 */
import { mutations } from "./mutations/list";
import { checkMutations } from "./mutations/main";

const names = process.argv.slice(2);
const unknown = names.filter((name) => !mutations.some((mutation) => mutation.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no mutation called ${unknown.join(", ")}\n`);
  process.exit(1);
}
const chosen = mutations.filter(({ name }) => names.length === 0 || names.includes(name));
process.exit((await checkMutations(process.cwd(), chosen)) ? 0 : 1);
