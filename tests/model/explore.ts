/**
 * Visits every state that a system can reach, nearest first, and stops at the first broken one. The
 * trace to it is therefore as short as possible: the smallest story of what goes wrong.
 */

export interface Edge<State> {
  name: string;
  next: State;
}

export interface System<State> {
  initial: State;
  /** Everything that can happen next. Must not change `state`. */
  actions(state: State): Edge<State>[];
  /** Why the promise is broken in this state, or nothing. */
  broken(state: State): string | undefined;
}

interface Exploration<State> {
  states: number;
  violation?: { trace: string[]; state: State; reason: string };
}

interface Node<State> {
  state: State;
  action: string;
  parent?: Node<State>;
}

/** Throws above `limit` states: a search that was cut short would prove nothing. */
export function explore<State>(system: System<State>, limit = 2_000_000): Exploration<State> {
  const seen = new Set<string>();
  const queue: Node<State>[] = [];
  const visit = (node: Node<State>): void => {
    // Copies keep the order of their properties, so equal states have equal texts.
    const key = JSON.stringify(node.state);
    if (seen.has(key)) return;
    if (seen.size === limit) throw new Error(`more than ${limit} states: narrow the scenario`);
    seen.add(key);
    queue.push(node);
  };

  visit({ state: system.initial, action: "" });
  // A `for` loop also reaches what is pushed while it runs.
  for (const node of queue) {
    const reason = system.broken(node.state);
    if (reason !== undefined) {
      return { states: seen.size, violation: { trace: traceTo(node), state: node.state, reason } };
    }
    for (const { name, next } of system.actions(node.state)) {
      visit({ state: next, action: name, parent: node });
    }
  }
  return { states: seen.size };
}

function traceTo<State>(last: Node<State>): string[] {
  const trace: string[] = [];
  for (let node = last; node.parent; node = node.parent) trace.unshift(node.action);
  return trace;
}
