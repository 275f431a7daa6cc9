; What only JavaScript's grammar has, or TypeScript's says more about.
(function_declaration name: (_) @name body: (_) @body) @definition.function
(method_definition name: (_) @name body: (_) @body) @definition.method
(field_definition property: (_) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(field_definition property: (_) @name) @definition.field
(field_definition property: (_) @binding.name value: (new_expression constructor: (_) @binding.type))
(field_definition property: (_) @binding.name
  value: (call_expression function: [(identifier) (member_expression)] @binding.call))
