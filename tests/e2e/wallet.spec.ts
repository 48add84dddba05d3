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
const problem = (page: Page) => page.getByRole("alert");

test("a wallet that announces itself signs in and leads back", async ({ visitor, people }) => {
  const account = await invited(people);
  await install(visitor, "announced", [{ name: "Alpha Wallet", account }]);
  await visitor.goto("/login?redirectTo=%2Fadmin%2Fruns");
  await press(visitor, "Alpha Wallet");
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

test("with two wallets one chooses", async ({ visitor, people }) => {
  const account = await invited(people);
  const wallets = [
    { name: "Alpha Wallet", account: newAccount() },
    { name: "Beta Wallet", account },
  ];
  await install(visitor, "announced", wallets);
  await visitor.goto("/login");
  await expect(visitor.getByRole("button", { name: "Sign in with Alpha Wallet" })).toBeVisible();
  await expectNoViolations(visitor, "two wallets");
  await press(visitor, "Beta Wallet");
  await expect(visitor).toHaveURL("/admin");
});

test("who refuses in the wallet reads what to do, and can try again", async ({
  visitor,
  people,
}) => {
  const wallet: TestWallet = { name: "Alpha", account: await invited(people), refuses: true };
  await install(visitor, "announced", [wallet]);
  await visitor.goto("/login");
  await press(visitor, "Alpha");
  await expect(problem(visitor)).toContainText("You refused in your wallet. Try again");
  await expect(problem(visitor)).toBeFocused();
  wallet.refuses = false;
  await press(visitor, "Alpha");
  await expect(visitor).toHaveURL("/admin");
});

test("another account than the one that was chosen is refused", async ({ visitor, people }) => {
  const account = await invited(people);
  await install(visitor, "announced", [{ name: "Alpha", account, signer: newAccount() }]);
  await visitor.goto("/login");
  await press(visitor, "Alpha");
  await expect(problem(visitor)).toContainText(`This is no signature of ${account.address}`);
});

test("who is not invited is told so, with the address to give to an admin", async ({ visitor }) => {
  const account = newAccount();
  await install(visitor, "announced", [{ name: "Alpha", account }]);
  await visitor.goto("/login");
  await press(visitor, "Alpha");
  await expect(problem(visitor)).toContainText(`${account.address} is not invited. Ask an admin`);
  await expect(visitor).toHaveURL("/login");
});

test("a browser without a wallet says where to find one", async ({ visitor }) => {
  await visitor.goto("/login");
  await expect(visitor.getByText("open this page in a browser that has one")).toBeVisible();
  await expect(visitor.getByLabel("E-mail")).toBeFocused();
});
