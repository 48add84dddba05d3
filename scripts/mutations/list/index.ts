import { access } from "./access";
import { counting } from "./counting";
import { doors } from "./doors";
import { engine } from "./engine";
import { reading } from "./reading";
import { redisScripts } from "./redis-scripts";
import { routes } from "./routes";
import { signIn } from "./sign-in";
import { statements } from "./statements";

export const mutations = [
  ...[counting, engine, redisScripts, statements, reading],
  ...[access, signIn, doors, routes],
].flat();
