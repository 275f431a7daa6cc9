(package_header (qualified_identifier) @package)

(class_declaration (modifiers)? @modifiers "interface" name: (_) @name
  (delegation_specifiers)? @bases (class_body)? @body) @definition.interface
(class_declaration (modifiers)? @modifiers name: (_) @name
  (delegation_specifiers)? @bases (enum_class_body) @body) @definition.enum
(class_declaration (modifiers)? @modifiers "class" name: (_) @name
  (delegation_specifiers)? @bases (class_body)? @body) @definition.class
(object_declaration (modifiers)? @modifiers name: (_) @name
  (delegation_specifiers)? @bases (class_body)? @body) @definition.object
; A companion without a name is called by its class, so its members belong to the class.
(companion_object name: (_) @name (delegation_specifiers)? @bases (class_body)? @body) @definition.object
(function_declaration (modifiers)? @modifiers name: (_) @name
  (function_value_parameters) . [(user_type) (nullable_type)] @returns . (function_body)? @body) @definition.function
(function_declaration (modifiers)? @modifiers name: (_) @name (function_body)? @body) @definition.function
(secondary_constructor (modifiers)? @modifiers "constructor" @name (block)? @body) @definition.constructor
(enum_entry . (identifier) @name) @definition.enum_member
(class_parameter (modifiers)? @modifiers ["val" "var"] . (identifier) @name) @definition.property
(class_body (property_declaration (modifiers)? @modifiers (variable_declaration . (identifier) @name))
  @definition.property)
(source_file (property_declaration (modifiers)? @modifiers (variable_declaration . (identifier) @name))
  @definition.variable)
(type_alias (modifiers)? @modifiers type: (_) @name) @definition.type

(import (qualified_identifier) @import.path . "as" . (identifier) @import.alias) @import
(import (qualified_identifier) @import.module @import.wildcard . "." . "*") @import
(import (qualified_identifier) @import.path .) @import

(annotation (user_type (identifier) @reference.decorate .))
(annotation (constructor_invocation (user_type (identifier) @reference.decorate .)))
(call_expression . (identifier) @reference.call)
(call_expression . (navigation_expression (_) @receiver (identifier) @reference.call .))
(infix_expression . (_) @receiver . (identifier) @reference.call)
(callable_reference (identifier) @reference.call .)
(parameter (user_type (identifier) @reference.type .))
(parameter (nullable_type (user_type (identifier) @reference.type .)))
(variable_declaration (user_type (identifier) @reference.type .))
(variable_declaration (nullable_type (user_type (identifier) @reference.type .)))
(class_parameter (user_type (identifier) @reference.type .))
(type_projection (user_type (identifier) @reference.type .))
(function_declaration (user_type (identifier) @reference.type .))
(type_test (user_type (identifier) @reference.type .))
(as_expression (user_type (identifier) @reference.type .))

(parameter . (identifier) @binding.name (_) @binding.type .)
(class_parameter ["val" "var"] @binding.field . (identifier) @binding.name . (_) @binding.type)
(class_parameter (identifier) @binding.name . (_) @binding.type)
(variable_declaration . (identifier) @binding.name (_) @binding.type .)
(property_declaration (variable_declaration . (identifier) @binding.name .)
  (call_expression . [(identifier) (navigation_expression)] @binding.call))

(line_comment) @comment
(block_comment) @comment
