; What only TypeScript's grammar has; it stands before the shared patterns, so that declared return types are seen.
(function_declaration
  name: (_) @name return_type: (type_annotation (_) @returns)? body: (_) @body) @definition.function
(lexical_declaration (variable_declarator name: (identifier) @name
  value: (arrow_function return_type: (type_annotation (_) @returns) body: (_) @body))) @definition.function
; Members need no class around them in a pattern: one that names it stays open as long as the class and costs a sixth.
(method_definition (accessibility_modifier)? @modifiers
  name: (_) @name return_type: (type_annotation (_) @returns)? body: (_) @body) @definition.method

(interface_declaration name: (_) @name (extends_type_clause)? @bases body: (_) @body) @definition.interface
(abstract_class_declaration name: (_) @name (class_heritage)? @bases body: (_) @body) @definition.class
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(enum_body name: (_) @name @definition.enum_member)
(enum_assignment name: (_) @name) @definition.enum_member
(type_alias_declaration name: (_) @name) @definition.type
(function_signature name: (_) @name return_type: (type_annotation (_) @returns)?) @definition.function
(internal_module name: (_) @name body: (_) @body) @definition.namespace
(module name: (_) @name body: (_) @body) @definition.namespace

(public_field_definition (accessibility_modifier)? @modifiers name: (_) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(public_field_definition (accessibility_modifier)? @modifiers name: (_) @name) @definition.field
(class_body (method_signature (accessibility_modifier)? @modifiers name: (_) @name) @definition.method)
(abstract_method_signature (accessibility_modifier)? @modifiers name: (_) @name) @definition.method
(interface_body (method_signature name: (_) @name return_type: (type_annotation (_) @returns)?) @definition.method)
(interface_body (property_signature name: (_) @name) @definition.field)
(required_parameter (accessibility_modifier) @modifiers pattern: (identifier) @name) @definition.field
(optional_parameter (accessibility_modifier) @modifiers pattern: (identifier) @name) @definition.field

; Types that are named where one is expected.
(type_annotation (type_identifier) @reference.type)
(generic_type name: (type_identifier) @reference.type)
(union_type (type_identifier) @reference.type)
(intersection_type (type_identifier) @reference.type)
(array_type (type_identifier) @reference.type)
(type_arguments (type_identifier) @reference.type)
(as_expression (type_identifier) @reference.type)
(satisfies_expression (type_identifier) @reference.type)
(type_alias_declaration value: (type_identifier) @reference.type)
(nested_type_identifier module: (_) @receiver name: (_) @reference.type)

; What names hold. A constructor's parameter with a modifier is a field.
(required_parameter (accessibility_modifier) @binding.field pattern: (identifier) @binding.name
  type: (type_annotation (_) @binding.type))
(optional_parameter (accessibility_modifier) @binding.field pattern: (identifier) @binding.name
  type: (type_annotation (_) @binding.type))
(required_parameter pattern: (identifier) @binding.name type: (type_annotation (_) @binding.type))
(optional_parameter pattern: (identifier) @binding.name type: (type_annotation (_) @binding.type))
(variable_declarator name: (identifier) @binding.name type: (type_annotation (_) @binding.type))
(public_field_definition name: (_) @binding.name type: (type_annotation (_) @binding.type))
(public_field_definition name: (_) @binding.name value: (new_expression constructor: (_) @binding.type))
(public_field_definition name: (_) @binding.name
  value: (call_expression function: [(identifier) (member_expression)] @binding.call))
(interface_body (property_signature name: (_) @binding.name type: (type_annotation (_) @binding.type)))

(import_statement (import_require_clause (identifier) @import.alias
  source: (string (string_fragment) @import.module))) @import
