import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** The rooms of `app` from top to bottom (docs/architecture.md). A room imports itself and those below it. */
const floors = [
  ["routes", "root.tsx", "entry.client.tsx", "entry.server.tsx"],
  ["ui"],
  ["api"],
  ["services.server.ts"],
  ["server"],
  ["monitoring"],
  ["operations"],
  ["retention"],
  ["stats"],
  ["counting"],
  ["sync"],
  ["accounts"],
  ["lists"],
  ["lib"],
  ["platform"],
].map((rooms) => rooms.map((room) => `./app/${room}`));

const upward = floors.slice(1).flatMap((rooms, index) =>
  rooms.map((target) => ({
    target,
    from: floors.slice(0, index + 1).flat(),
    message: "A room imports only itself and the rooms below it.",
  })),
);

/** Parts of pages use less than what is below them. */
const closed = {
  target: "./app/ui",
  from: "./app",
  except: ["./ui", "./lists", "./lib"],
  message: "Parts without a domain know lists and lib, and nothing else of the application.",
};

export default defineConfig(
  globalIgnores([
    "test-results/",
    "build/",
    "public/build/",
    "app/generated/",
    ".data/",
    ".cache/",
  ]),
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    files: ["app/**/*.tsx", "app/ui/**/*.ts"],
    ...reactHooks.configs.flat.recommended,
  },
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-floating-promises": "error",
      // An async event handler of a React element is fine: React ignores what it returns.
      "@typescript-eslint/no-misused-promises": [
        "error",
        { checksVoidReturn: { attributes: false } },
      ],
      // Remix loaders and actions throw responses.
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      eqeqeq: "error",
      // TypeScript checks this better, even in the checked JavaScript.
      "no-undef": "off",
    },
  },
  {
    files: ["app/**/*.{ts,tsx}"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts", ".tsx"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
      "import-x/resolver-next": createNodeResolver({
        extensions: [".ts", ".tsx"],
        tsconfig: { configFile: `${import.meta.dirname}/tsconfig.json` },
      }),
    },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones: [...upward, closed] }],
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
    },
  },
  {
    files: ["app/{monitoring,operations,retention,stats,counting,sync,accounts}/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["react", "react-dom", "react/*", "@remix-run/*", "express"],
              message: "What the application does knows nothing of HTTP and React.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["app/sync/engine/**/*.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["**/redis/*", "**/postgres/*"],
              allowTypeImports: true,
              message:
                "The engine does no I/O: it knows its two stores by their types, and gets them as parameters.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["**/*.mjs"],
    // Plain JavaScript cannot annotate the result of JSON.parse in a way that satisfies this rule.
    rules: { "@typescript-eslint/no-unsafe-assignment": "off" },
  },
);
