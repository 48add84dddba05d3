import type { Page } from "playwright/test";
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { expectNoViolations } from "./axe";
import { expect, test, type People } from "./fixtures";
import { accountMenu } from "./steps";

test.use({ expectedStatuses: [401, 403] });

interface TestWallet {
  name: string;
  /** The account that the wallet shows to the page, and the one that signs, if that is another. */
  account: PrivateKeyAccount;
  signer?: PrivateKeyAccount;
  refuses?: boolean;
}

/** Adds wallets to the page that sign with real keys outside of it. */
async function install(page: Page, how: "announced" | "injected", wallets: TestWallet[]) {
  await page.exposeFunction(
    "askTestWallet",
    async (index: number, method: string, params: string[]): Promise<unknown> => {
      const wallet = wallets[index]!;
      if (wallet.refuses) return { code: 4001 };
      if (method === "eth_requestAccounts") return { result: [wallet.account.address] };
      if (method !== "personal_sign") return { code: 4200 };
      const raw = params[0] as `0x${string}`;
      return { result: await (wallet.signer ?? wallet.account).signMessage({ message: { raw } }) };
    },
  );
  await page.addInitScript(
    ({ names, isInjected }) => {
      type Ask = (index: number, method: string, params: unknown[]) => Promise<unknown>;
      const providers = names.map((name, index) => ({
        name,
        async request({ method, params = [] }: { method: string; params?: unknown[] }) {
          const { askTestWallet } = window as unknown as { askTestWallet: Ask };
          const answer = (await askTestWallet(index, method, params)) as {
            code?: number;
            result?: unknown;
          };
          if (answer.code !== undefined) throw Object.assign(new Error("No"), answer);
          return answer.result;
        },
      }));
      if (isInjected) {
        Object.assign(window, { ethereum: providers[0] });
        return;
      }
      window.addEventListener("eip6963:requestProvider", () => {
        for (const provider of providers) {
          const info = { uuid: provider.name, name: provider.name };
          const detail = Object.freeze({ info, provider });
          window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
        }
      });
    },
    { names: wallets.map(({ name }) => name), isInjected: how === "injected" },
  );
}

const newAccount = () => privateKeyToAccount(generatePrivateKey());

async function invited(people: People): Promise<PrivateKeyAccount> {
  const account = newAccount();
  await people.accounts.users.create("tests", { address: account.address, role: "operator" });
  return account;
}

const press = (page: Page, name: string) =>
  page.getByRole("button", { name: `Sign in with ${name}` }).click();

test("of several wallets one chooses, reads what is wrong, and is led back", async ({
  visitor,
  people,
}) => {
  const [account, stranger] = [await invited(people), newAccount()];
  const shy: TestWallet = { name: "Shy", account, refuses: true };
  await install(visitor, "announced", [
    shy,
    { name: "Mistaken", account, signer: newAccount() },
    { name: "Unknown", account: stranger },
  ]);
  await visitor.goto("/login?redirectTo=%2Fadmin%2Fruns");
  await expect(visitor.getByRole("button", { name: "Sign in with Unknown" })).toBeVisible();
  await expectNoViolations(visitor, "several wallets");
  const problem = visitor.getByRole("alert");
  for (const [wallet, said] of [
    ["Shy", "You refused in your wallet. Try again"],
    ["Mistaken", `This is no signature of ${account.address}`],
    ["Unknown", `${stranger.address} is not invited. Ask an admin`],
  ] as const) {
    await press(visitor, wallet);
    await expect(problem).toContainText(said);
    await expect(problem).toBeFocused();
  }
  shy.refuses = false;
  await press(visitor, "Shy");
  await expect(visitor).toHaveURL("/admin/runs");
  await expect(accountMenu(visitor)).toContainText(account.address);
});

test("a wallet in window.ethereum signs in, on a phone", async ({ open, people }) => {
  const page = await open("nobody", { viewport: { width: 390, height: 760 }, hasTouch: true });
  const account = await invited(people);
  await install(page, "injected", [{ name: "injected", account }]);
  await page.goto("/login");
  await press(page, "your wallet");
  await expect(page).toHaveURL("/admin");
});

test("a browser without a wallet says where to find one", async ({ visitor }) => {
  await visitor.goto("/login");
  await expect(visitor.getByText("open this page in a browser that has one")).toBeVisible();
  await expect(visitor.getByLabel("E-mail")).toBeFocused();
});
