; Zig: a type is a value bound to a constant, and a file is itself a struct.

(comment) @comment

(variable_declaration "pub"? @modifiers (identifier) @name . (struct_declaration) @body) @definition.struct
(variable_declaration "pub"? @modifiers (identifier) @name . (enum_declaration) @body) @definition.enum
(variable_declaration "pub"? @modifiers (identifier) @name . (union_declaration) @body) @definition.union
(variable_declaration "pub"? @modifiers (identifier) @name . (error_set_declaration) @body) @definition.enum
(variable_declaration "pub"? @modifiers (identifier) @name . (opaque_declaration) @body) @definition.struct
(error_set_declaration (identifier) @name @definition.enum_member)
(enum_declaration (container_field name: (identifier) @name) @definition.enum_member)
(container_field name: (identifier) @name) @definition.field
(function_declaration "pub"? @modifiers name: (identifier) @name type: (_)? @returns body: (_)? @body) @definition.function
(test_declaration "test" @modifiers (string (string_content) @name) (block) @body) @definition.function
(variable_declaration "pub"? @modifiers . (identifier) @name . [
  (integer) (float) (string) (boolean) (call_expression) (struct_initializer) (anonymous_struct_initializer) (binary_expression)
]) @definition.constant
(variable_declaration "pub"? @modifiers . (identifier) @name type: (_)) @definition.variable

(variable_declaration . (identifier) @import.alias . (builtin_function
  (builtin_identifier) @callee
  (arguments (string (string_content) @import.module)))
  (#eq? @callee "@import")) @import
(variable_declaration . (identifier) @import.alias . (field_expression
  object: (builtin_function (builtin_identifier) @callee (arguments (string (string_content) @import.module)))
  member: (identifier) @import.name)
  (#eq? @callee "@import")) @import
(using_namespace_declaration (builtin_function
  (builtin_identifier) @callee
  (arguments (string (string_content) @import.module)))
  (#eq? @callee "@import")) @import @import.wildcard

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression object: (_) @receiver member: (identifier) @reference.call))
(struct_initializer . (identifier) @reference.construct)
(struct_initializer . (field_expression object: (_) @receiver member: (identifier) @reference.construct))

(parameter name: (identifier) @binding.name type: [(identifier) (pointer_type) (nullable_type) (field_expression)] @binding.type)
(container_field name: (identifier) @binding.name type: [(identifier) (pointer_type) (nullable_type) (field_expression)] @binding.type)
(variable_declaration . (identifier) @binding.name type: (_) @binding.type)
(variable_declaration . (identifier) @binding.name . (call_expression function: (_) @binding.call))
(variable_declaration . (identifier) @binding.name . (struct_initializer . (_) @binding.call))
