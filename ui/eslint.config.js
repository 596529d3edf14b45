import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["src/api/schema.d.ts"] },
  ...tseslint.configs.strict,
  hooks.configs.flat.recommended,
  {
    files: ["src/pages/**", "src/frame/**"],
    rules: {
      // Pages know the kit only, so that one place decides how things look.
      "no-restricted-imports": ["error", { patterns: ["@patternfly/*"] }],
    },
  },
);
