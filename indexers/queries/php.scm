; PHP: names are spaced by backslashes, `use` at file level imports and inside a class body mixes traits in.

(comment) @comment

(namespace_definition name: (namespace_name) @package !body)
(namespace_definition name: (namespace_name) @name body: (_)) @scope.namespace

(class_declaration
  [(abstract_modifier) (final_modifier) (readonly_modifier)]* @modifiers
  name: (name) @name
  (base_clause)? @bases
  (class_interface_clause)? @bases
  body: (_) @body) @definition.class
(interface_declaration
  name: (name) @name
  (base_clause)? @bases
  body: (_) @body) @definition.interface
(trait_declaration name: (name) @name body: (_) @body) @definition.trait
(enum_declaration
  name: (name) @name
  (class_interface_clause)? @bases
  body: (_) @body) @definition.enum
(enum_case name: (name) @name) @definition.enum_member
((method_declaration
   (visibility_modifier)? @modifiers
   name: (name) @name
   return_type: (_)? @returns
   body: (_)? @body) @definition.method
  (#not-eq? @name "__construct"))
((method_declaration
   (visibility_modifier)? @modifiers
   name: (name) @name
   body: (_)? @body) @definition.constructor
  (#eq? @name "__construct"))
(function_definition name: (name) @name return_type: (_)? @returns body: (_) @body) @definition.function
(const_declaration (visibility_modifier)? @modifiers (const_element . (name) @name) @definition.constant)
(property_declaration
  (visibility_modifier)? @modifiers
  (property_element name: (variable_name (name) @name))) @definition.property
(property_promotion_parameter
  visibility: (visibility_modifier) @modifiers
  name: (variable_name (name) @name)) @definition.field
((function_call_expression
   function: (name) @maker
   arguments: (arguments . (argument (string (string_content) @name)))) @definition.constant
  (#eq? @maker "define"))

(namespace_use_declaration (namespace_use_clause !alias [
  (name) @import.module
  (qualified_name prefix: (namespace_name) @import.module (name) @import.name)
])) @import
(namespace_use_declaration (namespace_use_clause [
  (name) @import.module
  (qualified_name prefix: (namespace_name) @import.module (name) @import.name)
] alias: (name) @import.alias)) @import
(namespace_use_declaration
  (namespace_name) @import.module
  body: (namespace_use_group (namespace_use_clause . [
    (name) @import.name
    (qualified_name prefix: (namespace_name) @import.module (name) @import.name)
  ] alias: (name)? @import.alias))) @import
([(require_once_expression (string (string_content) @import.module))
  (require_expression (string (string_content) @import.module))
  (include_once_expression (string (string_content) @import.module))
  (include_expression (string (string_content) @import.module))
  (require_once_expression (binary_expression right: (string (string_content) @import.module)))
  (require_expression (binary_expression right: (string (string_content) @import.module)))
  (include_expression (binary_expression right: (string (string_content) @import.module)))] @import)

(use_declaration [
  (name) @reference.inherit
  (qualified_name prefix: (_)? @receiver (name) @reference.inherit)
])
(function_call_expression function: [
  (name) @reference.call
  (qualified_name prefix: (namespace_name)? @receiver (name) @reference.call)
])
(member_call_expression object: (_) @receiver name: (name) @reference.call)
(nullsafe_member_call_expression object: (_) @receiver name: (name) @reference.call)
(scoped_call_expression scope: (_) @receiver name: (name) @reference.call)
(object_creation_expression [
  (name) @reference.construct
  (qualified_name prefix: (namespace_name)? @receiver (name) @reference.construct)
])
(attribute [
  (name) @reference.decorate
  (qualified_name prefix: (namespace_name)? @receiver (name) @reference.decorate)
])

(simple_parameter type: (_) @binding.type name: (variable_name) @binding.name)
(property_promotion_parameter type: (_) @binding.type name: (variable_name (name) @binding.name @binding.field))
(property_declaration type: (_) @binding.type (property_element name: (variable_name (name) @binding.name @binding.field)))
(assignment_expression left: (variable_name) @binding.name right: (object_creation_expression [(name) (qualified_name)] @binding.call))
(assignment_expression left: (variable_name) @binding.name right: (scoped_call_expression) @binding.call)
(assignment_expression
  left: (member_access_expression object: (variable_name) name: (name)) @binding.name
  right: (object_creation_expression [(name) (qualified_name)] @binding.call))
