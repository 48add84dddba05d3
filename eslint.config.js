import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["build/", "public/build/", "app/generated/", ".data/", ".cache/"]),
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
      // An async event handler of a React element is no loss: React ignores what it returns.
      "@typescript-eslint/no-misused-promises": [
        "error",
        { checksVoidReturn: { attributes: false } },
      ],
      // Remix loaders and actions throw responses.
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      eqeqeq: "error",
      // TypeScript knows better, in the checked JavaScript too.
      "no-undef": "off",
    },
  },
  {
    files: ["**/*.mjs"],
    // Plain JavaScript cannot say the type of what JSON.parse returns so that this rule would see it.
    rules: { "@typescript-eslint/no-unsafe-assignment": "off" },
  },
);
