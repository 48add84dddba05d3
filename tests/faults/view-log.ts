/** The answer that the sender of a view got. */
export type ViewAnswer =
  | "counted"
  /** No answer, or one that does not say whether the view was counted. */
  | "unknown"
  /** Certainly not counted. */
  | "refused";

interface Entry {
  sent: number;
  accepted: number;
  unknown: number;
  /** Views that a fault was meant to lose (below 0) or double (above 0). */
  adjusted: number;
  /** Views of which a fault may have lost any number. */
  atRisk: number;
}

/** A target whose persisted views are outside the range that its senders were answered. */
export interface Deviation {
  topicId: string;
  persisted: number;
  least: number;
  most: number;
}

/** What was sent to each topic and what its senders were answered: the range that its count must be in. */
export class ViewLog {
  readonly #entries = new Map<string, Entry>();

  /** To be noted before the view leaves, so that no reader can see more than was sent. */
  sending(topicId: string): void {
    this.#entry(topicId).sent += 1;
  }

  answered(topicId: string, answer: ViewAnswer): void {
    if (answer === "counted") this.#entry(topicId).accepted += 1;
    if (answer === "unknown") this.#entry(topicId).unknown += 1;
  }

  /** Views that are known to be lost (below 0) or doubled by a fault outside the promise. */
  adjust(topicId: string, views: number): void {
    this.#entry(topicId).adjusted += views;
  }

  /** Views of which a fault outside the promise may have lost any number. */
  risk(topicId: string, views: number): void {
    this.#entry(topicId).atRisk += views;
  }

  sent(topicId: string): number {
    const entry = this.#entries.get(topicId);
    return entry ? entry.sent + entry.adjusted : 0;
  }

  least(topicId: string): number {
    const entry = this.#entries.get(topicId);
    return entry ? entry.accepted + entry.adjusted - entry.atRisk : 0;
  }

  most(topicId: string): number {
    const entry = this.#entries.get(topicId);
    return entry ? entry.accepted + entry.adjusted + entry.unknown : 0;
  }

  totals(): { accepted: number; unknown: number; adjusted: number; atRisk: number } {
    const sums = { accepted: 0, unknown: 0, adjusted: 0, atRisk: 0 };
    for (const { accepted, unknown, adjusted, atRisk } of this.#entries.values()) {
      sums.accepted += accepted;
      sums.unknown += unknown;
      sums.adjusted += adjusted;
      sums.atRisk += atRisk;
    }
    return sums;
  }

  /** Compares with what PostgreSQL has. A deviation is reported once: later ones are counted from there. */
  compare(persisted: ReadonlyMap<string, number>): Deviation[] {
    const deviations: Deviation[] = [];
    for (const topicId of new Set([...persisted.keys(), ...this.#entries.keys()])) {
      const deviation = {
        topicId,
        persisted: persisted.get(topicId) ?? 0,
        least: this.least(topicId),
        most: this.most(topicId),
      };
      const tooMany = deviation.persisted - deviation.most;
      const missing = deviation.least - deviation.persisted;
      if (tooMany <= 0 && missing <= 0) continue;
      deviations.push(deviation);
      this.adjust(topicId, tooMany > 0 ? tooMany : -missing);
    }
    return deviations;
  }

  #entry(topicId: string): Entry {
    let entry = this.#entries.get(topicId);
    if (!entry) {
      entry = { sent: 0, accepted: 0, unknown: 0, adjusted: 0, atRisk: 0 };
      this.#entries.set(topicId, entry);
    }
    return entry;
  }
}
