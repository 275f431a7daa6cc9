; Lua: functions are values, so a module is a table that functions are assigned into under dotted names.

(comment) @comment

(function_declaration name: (identifier) @name body: (_)? @body) @definition.function
(function_declaration name: (dot_index_expression table: (_) @parent field: (identifier) @name) body: (_)? @body) @definition.function
(function_declaration name: (method_index_expression table: (_) @parent method: (identifier) @name) body: (_)? @body) @definition.method
(assignment_statement
  (variable_list . name: (identifier) @name .)
  (expression_list . value: (function_definition body: (_)? @body) .)) @definition.function
(assignment_statement
  (variable_list . name: (dot_index_expression table: (_) @parent field: (identifier) @name) .)
  (expression_list . value: (function_definition body: (_)? @body) .)) @definition.function
(field name: (identifier) @name value: (function_definition body: (_)? @body)) @definition.function
(field name: (string content: (string_content) @name) value: (function_definition body: (_)? @body)) @definition.function

(chunk (variable_declaration (assignment_statement
  (variable_list name: (identifier) @name)
  (expression_list . value: [
    (table_constructor) (string) (number) (true) (false) (nil) (binary_expression) (unary_expression) (identifier)
    (dot_index_expression)
  ]))) @definition.variable)
((chunk (variable_declaration (assignment_statement
   (variable_list name: (identifier) @name)
   (expression_list . value: (function_call name: (identifier) @callee)))) @definition.variable)
  (#not-eq? @callee "require"))
(chunk (assignment_statement
  (variable_list name: (identifier) @name)
  (expression_list . value: [(table_constructor) (string) (number) (true) (false) (nil) (binary_expression) (function_call)])) @definition.variable)
(chunk (assignment_statement
  (variable_list name: (dot_index_expression table: (identifier) @parent field: (identifier) @name))
  (expression_list . value: [(table_constructor) (string) (number) (true) (false) (nil) (binary_expression)])) @definition.field)

((assignment_statement
   (variable_list . name: (identifier) @import.alias .)
   (expression_list . value: (function_call
     name: (identifier) @callee
     arguments: (arguments . (string content: (string_content) @import.module) .)) .)) @import
  (#eq? @callee "require"))
((assignment_statement
   (variable_list . name: (identifier) @import.alias .)
   (expression_list . value: (dot_index_expression
     table: (function_call
       name: (identifier) @callee
       arguments: (arguments . (string content: (string_content) @import.module) .))
     field: (identifier) @import.name) .)) @import
  (#eq? @callee "require"))

((function_call name: (identifier) @reference.call) (#not-eq? @reference.call "require"))
(function_call name: (dot_index_expression table: (_) @receiver field: (identifier) @reference.call))
(function_call name: (method_index_expression table: (_) @receiver method: (identifier) @reference.call))

(assignment_statement
  (variable_list . name: (identifier) @binding.name .)
  (expression_list . value: (function_call name: [(dot_index_expression) (method_index_expression)] @binding.call) .))
