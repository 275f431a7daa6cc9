(package_clause name: (_) @package !body)
(package_clause name: (_) @name body: (_)) @definition.namespace

(class_definition (modifiers)? @modifiers name: (_) @name extend: (_)? @bases body: (_) @body) @definition.class
(class_definition (modifiers)? @modifiers name: (_) @name extend: (_)? @bases) @definition.class
(object_definition (modifiers)? @modifiers name: (_) @name extend: (_)? @bases body: (_)? @body) @definition.object
(trait_definition (modifiers)? @modifiers name: (_) @name extend: (_)? @bases body: (_)? @body) @definition.trait
(enum_definition (modifiers)? @modifiers name: (_) @name extend: (_)? @bases body: (_) @body) @definition.enum
(package_object name: (_) @name extend: (_)? @bases body: (_)? @body) @definition.object
(simple_enum_case name: (_) @name) @definition.enum_member
(full_enum_case name: (_) @name) @definition.enum_member
(given_definition name: (_) @name return_type: (_)? @bases body: (_)? @body) @definition.object
(function_definition (modifiers)? @modifiers name: (_) @name return_type: (_)? @returns body: (_) @body)
  @definition.function
(function_declaration (modifiers)? @modifiers name: (_) @name return_type: (_)? @returns) @definition.function
(type_definition (modifiers)? @modifiers name: (_) @name) @definition.type
(class_parameter (modifiers)? @modifiers ["val" "var"] name: (_) @name) @definition.field
(class_definition "case" (class_parameters (class_parameter name: (_) @name) @definition.field))
(template_body (val_definition (modifiers)? @modifiers pattern: (identifier) @name) @definition.field)
(template_body (var_definition (modifiers)? @modifiers pattern: (identifier) @name) @definition.field)
(template_body (val_declaration (modifiers)? @modifiers name: (_) @name) @definition.field)
(compilation_unit (val_definition (modifiers)? @modifiers pattern: (identifier) @name) @definition.variable)
(compilation_unit (var_definition (modifiers)? @modifiers pattern: (identifier) @name) @definition.variable)

; The path comes in pieces, so the module is what stands between the first and @import.until.
(import_declaration . path: (_) @import.module (namespace_wildcard) @import.wildcard @import.until .) @import
(import_declaration . path: (_) @import.module (namespace_selectors (identifier) @import.name) @import.until) @import
(import_declaration . path: (_) @import.module (namespace_selectors
  (arrow_renamed_identifier name: (_) @import.name alias: (_) @import.alias)) @import.until) @import
(import_declaration . path: (_) @import.module
  (namespace_selectors (namespace_wildcard) @import.wildcard) @import.until) @import
(import_declaration . (identifier) @import.module (identifier) @import.name @import.until .) @import

(annotation name: (type_identifier) @reference.decorate)
(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression value: (_) @receiver field: (_) @reference.call))
(generic_function function: (identifier) @reference.call)
(generic_function function: (field_expression value: (_) @receiver field: (_) @reference.call))
(infix_expression left: (_) @receiver operator: (identifier) @reference.call)
(instance_expression . (type_identifier) @reference.construct)
(instance_expression . (generic_type type: (type_identifier) @reference.construct))
(instance_expression . (stable_type_identifier (_) @receiver (type_identifier) @reference.construct .))
(parameter type: (type_identifier) @reference.type)
(class_parameter type: (type_identifier) @reference.type)
(function_definition return_type: (type_identifier) @reference.type)
(function_declaration return_type: (type_identifier) @reference.type)
(val_definition type: (type_identifier) @reference.type)
(var_definition type: (type_identifier) @reference.type)
(generic_type type: (type_identifier) @reference.type)
(type_arguments (type_identifier) @reference.type)
(typed_pattern type: (type_identifier) @reference.type)

(parameter name: (_) @binding.name type: (_) @binding.type)
(class_parameter name: (_) @binding.name type: (_) @binding.type)
(val_definition pattern: (identifier) @binding.name type: (_) @binding.type)
(var_definition pattern: (identifier) @binding.name type: (_) @binding.type)
(val_definition pattern: (identifier) @binding.name value: (instance_expression . (_) @binding.type))
(var_definition pattern: (identifier) @binding.name value: (instance_expression . (_) @binding.type))
(val_definition pattern: (identifier) @binding.name
  value: (call_expression function: [(identifier) (field_expression)] @binding.call))
(var_definition pattern: (identifier) @binding.name
  value: (call_expression function: [(identifier) (field_expression)] @binding.call))
(typed_pattern pattern: (identifier) @binding.name type: (_) @binding.type)

(comment) @comment
(block_comment) @comment
