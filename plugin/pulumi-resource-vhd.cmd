@echo off
node "%~dp0..\dist\provider\plugin\pulumi-resource-vhd.js" %*
