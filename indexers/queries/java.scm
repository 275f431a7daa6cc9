(package_declaration [(scoped_identifier) (identifier)] @package)

(class_declaration (modifiers)? @modifiers name: (_) @name
  superclass: (_)? @bases interfaces: (_)? @bases body: (_) @body) @definition.class
(interface_declaration (modifiers)? @modifiers name: (_) @name (extends_interfaces)? @bases body: (_) @body)
  @definition.interface
(enum_declaration (modifiers)? @modifiers name: (_) @name interfaces: (_)? @bases body: (_) @body) @definition.enum
(record_declaration (modifiers)? @modifiers name: (_) @name interfaces: (_)? @bases body: (_) @body)
  @definition.record
(annotation_type_declaration (modifiers)? @modifiers name: (_) @name body: (_) @body) @definition.interface
(enum_constant name: (_) @name) @definition.enum_member
(method_declaration (modifiers)? @modifiers type: (_) @returns name: (_) @name body: (_)? @body) @definition.method
(annotation_type_element_declaration name: (_) @name) @definition.method
(constructor_declaration (modifiers)? @modifiers name: (_) @name body: (_) @body) @definition.constructor
(compact_constructor_declaration (modifiers)? @modifiers name: (_) @name body: (_) @body) @definition.constructor
(field_declaration (modifiers)? @modifiers declarator: (variable_declarator name: (_) @name)) @definition.field
(constant_declaration (modifiers)? @modifiers declarator: (variable_declarator name: (_) @name)) @definition.constant
(record_declaration parameters: (formal_parameters (formal_parameter name: (_) @name) @definition.field))

(import_declaration (scoped_identifier scope: (_) @import.module name: (_) @import.name) .) @import
(import_declaration (_) @import.module (asterisk) @import.wildcard) @import

(marker_annotation name: (identifier) @reference.decorate)
(annotation name: (identifier) @reference.decorate)
(method_invocation !object name: (_) @reference.call)
(method_invocation object: (_) @receiver name: (_) @reference.call)
(method_reference (_) @receiver (identifier) @reference.call .)
(explicit_constructor_invocation constructor: (_) @reference.call)
(object_creation_expression type: (type_identifier) @reference.construct)
(object_creation_expression type: (generic_type . (type_identifier) @reference.construct))
(object_creation_expression type: (scoped_type_identifier (_) @receiver (type_identifier) @reference.construct .))
(formal_parameter type: (type_identifier) @reference.type)
(field_declaration type: (type_identifier) @reference.type)
(local_variable_declaration type: (type_identifier) @reference.type)
(method_declaration type: (type_identifier) @reference.type)
(generic_type . (type_identifier) @reference.type)
(type_arguments (type_identifier) @reference.type)
(array_type element: (type_identifier) @reference.type)
(cast_expression type: (type_identifier) @reference.type)
(class_literal (type_identifier) @reference.type)
(catch_type (type_identifier) @reference.type)
(throws (type_identifier) @reference.type)
(instanceof_expression right: (type_identifier) @reference.type)

(local_variable_declaration type: (type_identifier) @_var declarator: (variable_declarator
  name: (_) @binding.name value: (object_creation_expression type: (_) @binding.type))
  (#eq? @_var "var"))
(local_variable_declaration type: (type_identifier) @_var declarator: (variable_declarator
  name: (_) @binding.name value: (method_invocation) @binding.call)
  (#eq? @_var "var"))
(local_variable_declaration type: (_) @binding.type declarator: (variable_declarator name: (_) @binding.name))
(field_declaration type: (_) @binding.type declarator: (variable_declarator name: (_) @binding.name))
(formal_parameter type: (_) @binding.type name: (_) @binding.name)
(enhanced_for_statement type: (_) @binding.type name: (_) @binding.name)
(resource type: (_) @binding.type name: (_) @binding.name)
(catch_formal_parameter (catch_type . (_) @binding.type .) name: (_) @binding.name)

(line_comment) @comment
(block_comment) @comment
