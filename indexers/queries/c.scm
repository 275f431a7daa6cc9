; C: the name sits inside nested declarators (pointer, array, function), so each pattern lists the nestings it accepts.

(comment) @comment

(preproc_include path: (string_literal (string_content) @import.module)) @import
(preproc_include path: (system_lib_string) @import.module) @import

(preproc_function_def name: (identifier) @name value: (preproc_arg) @body) @definition.macro
(preproc_def name: (identifier) @name value: (preproc_arg) @body) @definition.constant

(function_definition
  (storage_class_specifier)? @modifiers
  type: (_) @returns
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)))
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator
      declarator: (function_declarator declarator: (identifier) @name))))
    (function_declarator declarator: (parenthesized_declarator (identifier) @name))
    (parenthesized_declarator (identifier) @name)
  ]
  body: (_) @body) @definition.function

(declaration
  (storage_class_specifier)? @modifiers
  type: (_) @returns
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)))
  ]) @definition.function

; A tag with a body is the type. A typedef that gives it a second, different name is a type of its own, spanning its name.
(struct_specifier name: (type_identifier) @name body: (_) @body) @definition.struct
(union_specifier name: (type_identifier) @name body: (_) @body) @definition.union
(enum_specifier name: (type_identifier) @name body: (_) @body) @definition.enum

(type_definition type: (struct_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.union
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.enum
((type_definition
   type: (_ name: (type_identifier) @tag body: (_))
   declarator: (type_identifier) @name @definition.type)
  (#not-eq? @tag @name))
((type_definition
   type: [(struct_specifier name: (_) @tag !body) (union_specifier name: (_) @tag !body) (enum_specifier name: (_) @tag !body)]
   declarator: (type_identifier) @name) @definition.type
  (#not-eq? @tag @name))
(type_definition
  type: [(type_identifier) (primitive_type) (sized_type_specifier)]
  declarator: (type_identifier) @name) @definition.type
(type_definition
  declarator: [
    (pointer_declarator declarator: (type_identifier) @name)
    (array_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
    (pointer_declarator declarator: (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name))))
  ]) @definition.type

(enumerator name: (identifier) @name) @definition.enum_member
(field_declaration
  declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))
    (array_declarator declarator: (field_identifier) @name)
    (pointer_declarator declarator: (array_declarator declarator: (field_identifier) @name))
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  ]) @definition.field

; Variables of the file, of its conditional parts and of `extern "C"` blocks; those inside functions are local.
([
   (translation_unit (declaration declarator: [
     (identifier) @name
     (pointer_declarator declarator: (identifier) @name)
     (array_declarator declarator: (identifier) @name)
     (init_declarator declarator: [
       (identifier) @name
       (pointer_declarator declarator: (identifier) @name)
       (array_declarator declarator: (identifier) @name)
       (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
     ])
     (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
   ]) @definition.variable)
   (preproc_ifdef (declaration declarator: [
     (identifier) @name
     (pointer_declarator declarator: (identifier) @name)
     (array_declarator declarator: (identifier) @name)
     (init_declarator declarator: [
       (identifier) @name
       (pointer_declarator declarator: (identifier) @name)
       (array_declarator declarator: (identifier) @name)
       (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
     ])
     (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
   ]) @definition.variable)
   (preproc_if (declaration declarator: [
     (identifier) @name
     (pointer_declarator declarator: (identifier) @name)
     (array_declarator declarator: (identifier) @name)
     (init_declarator declarator: [(identifier) @name (array_declarator declarator: (identifier) @name)])
   ]) @definition.variable)
   (declaration_list (declaration declarator: [
     (identifier) @name
     (pointer_declarator declarator: (identifier) @name)
     (array_declarator declarator: (identifier) @name)
     (init_declarator declarator: (identifier) @name)
   ]) @definition.variable)
 ])

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression argument: (_) @receiver field: (field_identifier) @reference.call))
(call_expression function: (parenthesized_expression (pointer_expression argument: (identifier) @reference.call)))
