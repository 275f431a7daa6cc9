(function_declaration name: (_) @name
  result: [(type_identifier) (pointer_type) (qualified_type) (generic_type)] @returns body: (_) @body)
  @definition.function
(function_declaration name: (_) @name
  result: (parameter_list . (parameter_declaration type: (_) @returns)) body: (_) @body) @definition.function
(function_declaration name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: (_) @parent)) name: (_) @name
  result: [(type_identifier) (pointer_type) (qualified_type) (generic_type)] @returns body: (_) @body)
  @definition.method
(method_declaration
  receiver: (parameter_list (parameter_declaration type: (_) @parent)) name: (_) @name
  result: (parameter_list . (parameter_declaration type: (_) @returns)) body: (_) @body) @definition.method
(method_declaration
  receiver: (parameter_list (parameter_declaration type: (_) @parent)) name: (_) @name body: (_) @body)
  @definition.method
(type_declaration . (type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) .) @definition.struct
(type_declaration . (type_spec name: (_) @name type: (interface_type "{" @body)) .) @definition.interface
(type_declaration . (type_spec name: (_) @name) .) @definition.type
(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @definition.struct
(type_spec name: (_) @name type: (interface_type "{" @body)) @definition.interface
(type_spec name: (_) @name) @definition.type
(type_alias name: (_) @name) @definition.type
(field_declaration name: (_) @name) @definition.field
(interface_type (method_elem name: (_) @name result: (_)? @returns) @definition.method)
(source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.variable))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @definition.variable)))

(import_spec name: (package_identifier) @import.alias path: (_) @import.module) @import
(import_spec name: (dot) @import.wildcard path: (_) @import.module) @import
(import_spec name: (blank_identifier) @import.alias path: (_) @import.module) @import
(import_spec !name path: (_) @import.module) @import

; An embedded field or interface inherits.
(field_declaration !name type: [(type_identifier) (generic_type type: (type_identifier))] @reference.inherit)
(field_declaration !name type: (qualified_type package: (_) @receiver name: (_) @reference.inherit))
(interface_type (type_elem . (type_identifier) @reference.inherit .))
(interface_type (type_elem . (qualified_type package: (_) @receiver name: (_) @reference.inherit) .))
(call_expression function: (identifier) @reference.call)
(call_expression function: (selector_expression operand: (_) @receiver field: (_) @reference.call))
(call_expression function: (type_instantiation_expression type: (_) @reference.call))
; A generic function with its types written out: with one argument the grammar takes it for a conversion, else for an index.
(type_conversion_expression type: (generic_type type: (type_identifier) @reference.call))
(type_conversion_expression type: (generic_type
  type: (qualified_type package: (_) @receiver name: (_) @reference.call)))
(call_expression function: (index_expression operand: (identifier) @reference.call))
(call_expression function: (index_expression
  operand: (selector_expression operand: (_) @receiver field: (_) @reference.call)))
(composite_literal type: (type_identifier) @reference.construct)
(composite_literal type: (qualified_type package: (_) @receiver name: (_) @reference.construct))
(composite_literal type: (generic_type type: (type_identifier) @reference.construct))
(qualified_type package: (_) @receiver name: (_) @reference.type)
(type_identifier) @reference.type

(parameter_declaration name: (_) @binding.name type: (_) @binding.type)
(var_spec name: (_) @binding.name type: (_) @binding.type)
(field_declaration name: (_) @binding.name type: (_) @binding.type)
(var_spec name: (_) @binding.name value: (expression_list . (call_expression function: (_) @binding.call)))
(short_var_declaration left: (expression_list . (identifier) @binding.name)
  right: (expression_list . (call_expression function: [(identifier) (selector_expression)] @binding.call)))
(short_var_declaration left: (expression_list . (identifier) @binding.name)
  right: (expression_list . (composite_literal type: (_) @binding.type)))
(short_var_declaration left: (expression_list . (identifier) @binding.name)
  right: (expression_list . (unary_expression operand: (composite_literal type: (_) @binding.type))))
(short_var_declaration left: (expression_list . (identifier) @binding.name)
  right: (expression_list . (type_assertion_expression type: (_) @binding.type)))

(comment) @comment
