import type { Mutation } from "../mutation";
import { access } from "./access";
import { alerts } from "./alerts";
import { counting } from "./counting";
import { deployment } from "./deployment";
import { engine } from "./engine";
import { http } from "./http";
import { reading } from "./reading";
import { redisForms } from "./redis-forms";
import { redisScripts } from "./redis-scripts";
import { retention } from "./retention";
import { routes } from "./routes";
import { signIn } from "./sign-in";
import { statements } from "./statements";

export const mutations: Mutation[] = [
  ...counting,
  ...engine,
  ...redisScripts,
  ...redisForms,
  ...statements,
  ...reading,
  ...http,
  ...access,
  ...signIn,
  ...routes,
  ...alerts,
  ...deployment,
  ...retention,
];
