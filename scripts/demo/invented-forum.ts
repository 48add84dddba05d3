/** The forum of an invented DAO with 90 days of history: quiet weekends, a launch, topics that become old. */

export interface InventedTopic {
  topicId: string;
  title: string;
  category: string;
  /** How many days ago it was created, and its views by days before today. */
  age: number;
  views: Map<number, number>;
}

export const HISTORY_DAYS = 90;
/** The launch was so many days ago, and was about this topic. */
const LAUNCH_AGE = 33;
const LAUNCH_RANK = 3;

const categories = ["Governance", "Treasury", "Grants", "Development", "Community", "Meta"];
const forms = [
  (subject: string) => `[Temperature check] ${subject}`,
  (subject: string) => `[Draft] ${subject}`,
  (subject: string, number: number) => `LIP-${number}: ${subject}`,
  (subject: string) => `${subject}: monthly report`,
  (subject: string) => `Feedback wanted: ${subject}`,
  (subject: string) => `Retrospective of ${subject}`,
];
const subjects = [
  ...["Treasury diversification", "A budget for the second half", "Delegate compensation"],
  ...["Streaming grants", "Bridge security review", "Quorum and thresholds", "The bug bounty"],
  ...["Working group elections", "A light client in Rust", "Stable reserves", "Public goods round"],
  ...["Documentation sprint", "Voting power of delegates", "Fee switch", "Meetups in spring"],
  ...["Audit partners", "Naming of releases", "Node operators", "The endowment", "Code of conduct"],
];

/** Numbers from 0 to 1 that are the same in every demo. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How busy a day is; `today` has the age 0. */
function busyness(age: number, today: Date): number {
  const weekday = new Date(today.getTime() - age * 86_400_000).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  const growth = 1 - 0.4 * (age / HISTORY_DAYS);
  const sinceLaunch = LAUNCH_AGE - age;
  const launch = sinceLaunch >= 0 ? 1 + 1.6 * Math.exp(-sinceLaunch / 4) : 1;
  return growth * launch * (isWeekend ? 0.55 : 1);
}

/** Topics by how much they are read, the first most. */
export function inventForum(topicIds: string[], today: Date): InventedTopic[] {
  const roll = dice(7);
  return topicIds.map((topicId, rank) => {
    const isLaunch = rank === LAUNCH_RANK;
    const age = isLaunch ? LAUNCH_AGE : Math.floor(roll() * 160);
    const subject = subjects[Math.floor(roll() * subjects.length)]!;
    const form = forms[Math.floor(roll() * forms.length)]!;
    const title = isLaunch ? "Lumen 2.0 is live: start here" : form(subject, 100 + rank);
    const category = isLaunch ? "Community" : categories[Math.floor(roll() * categories.length)]!;
    const views = new Map<number, number>();
    // So that a day of the history has about as many views as the demo sends.
    const weight = 1_500 / (rank + 1) ** 0.85;
    for (let day = Math.min(age, HISTORY_DAYS); day > 0; day -= 1) {
      // Most people read a topic while it is new; a few read it for ever.
      const freshness = 0.25 + 2.5 * Math.exp(-(age - day) / 6);
      const expected = weight * freshness * busyness(day, today) * (0.6 + 0.8 * roll());
      const counted = Math.floor(expected + roll());
      if (counted > 0) views.set(day, counted);
    }
    return { topicId, title, category, age, views };
  });
}
